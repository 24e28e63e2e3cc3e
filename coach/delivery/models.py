"""Where alerts go besides the page, and what became of each on its way there."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from ulid import ULID


def new_id() -> str:
    """A ULID: 26 characters, sorts by creation time."""
    return str(ULID())


class Destination(models.Model):
    """A place of one user's, and which of his alerts go there. `url` holds secrets: no answer of
    the API repeats it."""

    class Kind(models.TextChoices):
        APPRISE = "apprise"
        WEBHOOK = "webhook"

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=7, choices=Kind)
    url = models.TextField()
    shown_url = models.TextField(help_text="the url without its secrets")
    secret = models.CharField(max_length=64, blank=True, default="", help_text="of a webhook")
    enabled = models.BooleanField(default=True)
    rules: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    min_confidence = models.FloatField(default=0.0)
    since = models.DateTimeField(auto_now_add=True, help_text="alerts decided before stay here")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="destination_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class Delivery(models.Model):
    """One alert on its way to one destination; its id is the receiver's idempotency key."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    destination = models.ForeignKey(
        Destination, on_delete=models.CASCADE, related_name="deliveries"
    )
    decision = models.ForeignKey("signals.Decision", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(help_text="not before; while it is being sent, its lease")
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["destination", "decision"], name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], condition=models.Q(state="waiting"), name="delivery_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} to {self.destination_id}: {self.state}"
