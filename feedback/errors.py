"""Why a label cannot be taken. Each error names the field of the request that is to blame."""

from __future__ import annotations


class FeedbackError(Exception):
    """A label, change or undo that was refused; nothing was written."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class InvalidFeedbackError(FeedbackError):
    """A value out of bounds, or a target given twice or not at all (HTTP 400)."""


class NoDecisionError(FeedbackError):
    """This user has no decision, bar or label of that name (HTTP 404)."""


class FeedbackConflictError(FeedbackError):
    """An idempotency key used for another request, or an undo that came too late (HTTP 409)."""
