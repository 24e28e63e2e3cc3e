"""Reads about users."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from coach.accounts.models import Settings, User
from coach.accounts.settings_schema import with_defaults


def find_user_id(username: str) -> str | None:
    """The id of the user with this name."""
    return User.objects.filter(username=username).values_list("pk", flat=True).first()


def get_settings(user_id: str) -> dict[str, Any]:
    """A user's settings, every section whole (see `settings_schema`)."""
    row = Settings.objects.filter(user_id=user_id).first()
    return with_defaults(row.values if row else {})


def settings_of(user_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The settings of many users in one query."""
    stored = dict(Settings.objects.filter(user_id__in=user_ids).values_list("user_id", "values"))
    return {user_id: with_defaults(stored.get(user_id, {})) for user_id in user_ids}
