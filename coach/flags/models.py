"""Feature flags: django-waffle's model, with percentages that every process decides alike and a
ledger of changes, so that a flag can be read as of a past moment."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from waffle.models import AbstractUserFlag


class Flag(AbstractUserFlag):
    """One switch; see `coach.flags.services` for how it is decided."""

    class Meta(AbstractUserFlag.Meta):
        abstract = False


class FlagChange(models.Model):
    """The flag's whole rule after a change. Append-only."""

    name = models.CharField(max_length=100)
    at = models.DateTimeField()
    rule: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["name", "at"], name="flagchange_name_at")]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
