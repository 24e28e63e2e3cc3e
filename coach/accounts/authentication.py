"""How a request says who it is: the session's cookie, or an API token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from drf_spectacular.authentication import SessionScheme
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from coach.accounts.models import User
from coach.prepared import Prepared
from observability.peers import is_local

REFUSED = "This user may work only on the machine that runs Coach, without a proxy between."


_COLUMNS = tuple(field.attname for field in User._meta.concrete_fields)
_user = Prepared(lambda user_id: User.objects.filter(pk=user_id).values_list(*_COLUMNS))


def may_connect(user: AbstractBaseUser | AnonymousUser, request: HttpRequest | Request) -> bool:
    """Whether this user may come from where this request comes from."""
    if not getattr(user, "loopback_only", False):
        return True
    return is_local(request.META.get("REMOTE_ADDR"), request.headers)


class PasswordBackend(ModelBackend):
    """Django's, without the demo user for anybody who is not on this machine."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ANN401 - Django's signature
    ) -> User | None:
        """The user, or None for wrong credentials and for the demo user from elsewhere."""
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if not isinstance(user, User) or (request and not may_connect(user, request)):
            return None
        return user

    def get_user(self, user_id: str) -> User | None:
        """The user of a session, if he may still log in. Asked on every request."""
        for row in _user(user_id):
            user = User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row)
            return user if self.user_can_authenticate(user) else None
        return None


class _FromWhere:
    """Refuses a session or token of the demo user that comes from elsewhere."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """DRF's, then the question from where."""
        found: tuple[User, Any] | None = super().authenticate(request)  # type: ignore[misc]
        if found and not may_connect(found[0], request):
            raise AuthenticationFailed(REFUSED)
        return found


class SessionAuthentication(_FromWhere, authentication.SessionAuthentication):
    """The session's cookie, with CSRF enforced."""


class TokenAuthentication(_FromWhere, authentication.TokenAuthentication):
    """`Authorization: Token …`."""


class _CookieScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """drf-spectacular describes our class as it does DRF's."""

    target_class = "coach.accounts.authentication.SessionAuthentication"
