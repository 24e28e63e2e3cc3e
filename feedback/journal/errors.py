"""Why a trade or a file cannot be taken. Each names the fields, or the rows, that are to blame."""

from __future__ import annotations

from collections.abc import Mapping


class JournalError(Exception):
    """Something was refused; nothing was written."""


class InvalidTradeError(JournalError):
    """`problems` maps each field to what is wrong with it (HTTP 400)."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))


class NamedError(JournalError):
    """A refusal that one field is to blame for."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class UnknownTradeError(NamedError):
    """No trade, or no alert, of this user has that id (HTTP 404)."""


class TradeConflictError(NamedError):
    """The alert is another trade's already (HTTP 409)."""


class UnreadableFileError(JournalError):
    """The file as a whole is no export that is known; `message` says what it lacks (HTTP 400)."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)
