"""Who may open a stream, and who still may. Blocking: call it in the stream's database thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.sessions.models import Session
from django.db import connections
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from coach.signals.selectors import watchlist_of

P = ParamSpec("P")
T = TypeVar("T")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user as of the moment the stream was opened, and what let them in.

    Attributes:
        session_key: the session, or None.
        token_key: the API token, or None.
        stamp: changes when the user's password does.
    """

    user_id: str
    session_key: str | None
    token_key: str | None
    stamp: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A visitor and the symbols of their watchlist; None: all."""

    visitor: Visitor
    watchlist: frozenset[str] | None


class DatabaseThread:
    """The one thread in which streams use the database; its connection is closed when idle."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="stream-database")
        self._lock = Lock()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Calls that are queued or run."""
        return self._waiting

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the thread and return what it returns."""
        self._count(1)
        future = self._pool.submit(lambda: self._call(function, *args, **kwargs))
        # Counted down by the thread itself: the event loop may hear of it only after the next call.
        future.add_done_callback(lambda _: self._count(-1))
        return await asyncio.wrap_future(future)

    def _count(self, change: int) -> None:
        with self._lock:
            self._waiting += change

    def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        finally:
            if self._waiting <= 1:  # nobody would use it next
                connections.close_all()

    def close(self) -> None:
        """Let the thread end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def admit(request: HttpRequest) -> Admission | None:
    """Who asks, by the API's own rules, or None for somebody unknown."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    asked = Request(request, authenticators=APIView().get_authenticators())
    try:
        user, auth = asked.user, asked.auth
    except APIException:
        return None
    if not user.is_authenticated:
        return None
    token = auth.key if isinstance(auth, Token) else None
    watchlist = watchlist_of(user.pk)
    return Admission(
        Visitor(
            user.pk, None if token else request.session.session_key, token, hash(user.password)
        ),
        None if watchlist is None else frozenset(watchlist),
    )


def still_admitted(visitors: Collection[Visitor]) -> set[Visitor]:
    """Those whose session or token is there, whose user is active and has the same password.

    A changed password ends every stream of the user; the session that changed it is still valid
    and opens another at once.
    """
    return {visitor for batch in _batches(list(set(visitors))) for visitor in _valid(batch)}


def _batches(visitors: list[Visitor]) -> Iterator[list[Visitor]]:
    for start in range(0, len(visitors), BATCH):
        yield visitors[start : start + BATCH]


def _valid(visitors: list[Visitor]) -> Iterator[Visitor]:
    sessions = set(
        Session.objects.filter(
            session_key__in={visitor.session_key for visitor in visitors} - {None},
            expire_date__gt=timezone.now(),
        ).values_list("session_key", flat=True)
    )
    tokens = set(
        Token.objects.filter(
            key__in={visitor.token_key for visitor in visitors} - {None}
        ).values_list("key", flat=True)
    )
    users = dict(
        get_user_model()
        .objects.filter(pk__in={visitor.user_id for visitor in visitors}, is_active=True)
        .values_list("pk", "password")
    )
    for visitor in visitors:
        password = users.get(visitor.user_id)
        known = visitor.session_key in sessions or visitor.token_key in tokens
        if known and password is not None and hash(password) == visitor.stamp:
            yield visitor
