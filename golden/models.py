"""Candidates: stretches of runs that somebody wants in the corpus, and what a reviewer said."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from ulid import ULID

JSONObject = dict[str, Any]


def new_id() -> str:
    """A ULID: 26 characters, sorts by creation time."""
    return str(ULID())


class State(models.TextChoices):
    """Where a candidate stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PROMOTED = "promoted"


class Candidate(models.Model):
    """A case that waits for review. Its text is what becomes the file, byte for byte."""

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    run_id = models.CharField(max_length=26)
    run_key = models.CharField(max_length=32)
    rule_id = models.CharField(max_length=40)
    notes = models.TextField(blank=True, default="")
    text = models.TextField(help_text="the fixture file")
    report: models.JSONField[JSONObject, JSONObject] = models.JSONField(
        help_text="what became of the mutants"
    )
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    created_at = models.DateTimeField(auto_now_add=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    review_notes = models.TextField(blank=True, default="")
    promoted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            # A rejected one gives its name back.
            models.UniqueConstraint(
                fields=["name"], condition=~models.Q(state="rejected"), name="candidate_name"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "id"], name="candidate_user_id")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
