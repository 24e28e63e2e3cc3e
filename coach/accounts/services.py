"""What users do about themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from coach.accounts.models import Settings, User
from coach.accounts.selectors import get_settings

DEMO = "demo"
DEMO_RISK = 100.0
"""Dollars at risk a trade, so that a demo's cards name a size."""


class InvalidCredentialsError(Exception):
    """Wrong name or password, an inactive user, or the demo user from another machine."""


class WeakPasswordError(Exception):
    """The validators refused; `messages` say why."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def log_in(request: HttpRequest, *, username: str, password: str) -> User:
    """Open a session for this request.

    Raises:
        InvalidCredentialsError: nobody by this name and password may come from here. After several
            failures axes locks name and address, and its middleware answers instead of the view.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise InvalidCredentialsError
    login(request, user)
    return user


def change_password(request: HttpRequest, *, user: User, current: str, new: str) -> None:
    """Set the password; this session stays, the user's other sessions end.

    Raises:
        InvalidCredentialsError: `current` is wrong; counts like a failed login.
        WeakPasswordError: the validators refuse `new`.
    """
    known = authenticate(request, username=user.get_username(), password=current)
    if known is None or known.pk != user.pk:
        raise InvalidCredentialsError
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise WeakPasswordError(list(error.messages)) from error
    user.set_password(new)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)


def save_settings(*, user_id: str, change: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Merge validated sections into a user's settings, return them whole."""
    with transaction.atomic():
        row, _created = Settings.objects.select_for_update().get_or_create(user_id=user_id)
        for section, values in change.items():
            row.values[section] = {**row.values.get(section, {}), **values}
        row.save()
    return get_settings(user_id)


def ensure_demo_user() -> str:
    """The user demo/demo of the embedded default, who may come from this machine alone; his id.

    An existing one keeps whatever he changed.
    """
    user = User.objects.filter(username=DEMO).first()
    if user is None:
        user = User.objects.create_user(username=DEMO, password=DEMO, loopback_only=True)
        save_settings(user_id=user.pk, change={"sizing": {"riskPerTrade": DEMO_RISK}})
    return user.pk
