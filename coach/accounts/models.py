"""Users. The key is text (a ULID), so that tables outside Django can refer to it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from ulid import ULID


def new_id() -> str:
    """A ULID: 26 characters, sorts by creation time."""
    return str(ULID())


class User(AbstractUser):
    """A trader or an admin."""

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    # The demo user exists on the machine that runs the product and is refused from anywhere else.
    loopback_only = models.BooleanField(default=False)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(AbstractUser.Meta):
        permissions: ClassVar = [("view_metrics", "May read /metrics and the SLO page")]


class Settings(models.Model):
    """What a user chose on the Settings screen: display, sounds, keys, voice, delivery."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    values: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "settings"

    def __str__(self) -> str:
        return f"settings of {self.user_id}"
