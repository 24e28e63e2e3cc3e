"""One worker at a time does a job, and another one goes on when it dies.

A worker claims a job by writing a token of its own and renews the lease from a thread. Everything
it finishes is written under its token: who slept, was killed, or whose run was cancelled meanwhile
finds another token there and writes nothing. Times are the database's, so clocks need not agree.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import structlog
from django.db import DatabaseError, connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from backtest.engine import CancelledError
from backtest.models import Part, Run, Status, new_id

log = structlog.get_logger(__name__)

J = TypeVar("J", Run, Part)

LEASE = timedelta(seconds=6)
RENEW_SECONDS = 1.0
RESEND = timedelta(seconds=30)
"""A job that waits this long is announced to the workers again: its message may be lost."""
MAX_ATTEMPTS = 5


def claim(jobs: QuerySet[J], pk: Any) -> str | None:  # noqa: ANN401 - whatever the key is
    """Take a job that waits, or whose worker let its lease run out; its token, None if neither."""
    token = new_id()
    # A sweep runs without a lease while its parts do.
    unheld = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
    free = Q(status=Status.QUEUED) | (Q(status=Status.RUNNING) & unheld)
    taken = jobs.filter(free, pk=pk, attempts__lt=MAX_ATTEMPTS).update(
        status=Status.RUNNING,
        token=token,
        lease_until=Now() + LEASE,
        attempts=F("attempts") + 1,
    )
    return token if taken else None


def give_back(jobs: QuerySet[J], pk: Any, token: str) -> None:  # noqa: ANN401
    """Let another worker go on at once."""
    jobs.filter(pk=pk, token=token, status=Status.RUNNING).update(
        status=Status.QUEUED, token="", lease_until=None, sent_at=Now()
    )


class Held(Generic[J]):
    """A claimed job while it is worked on: renews the lease, carries the progress.

    Used as a context; within it, `tell` notes the progress and stops work that lost its lease.
    `told` is called once a second, when there is progress to announce.
    """

    def __init__(
        self,
        jobs: QuerySet[J],
        pk: Any,  # noqa: ANN401 - whatever the key is
        token: str,
        told: Callable[[], None] | None = None,
    ) -> None:
        self._jobs: QuerySet[J] = jobs
        self.pk, self.token = pk, token
        self.progress = 0.0
        self._told, self._shown = told, 0.0
        self._lost = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def tell(self, share: float) -> None:
        """The share of the work that is done.

        Raises:
            CancelledError: the lease is lost, or the run was cancelled.
        """
        self.progress = share
        if self._lost.is_set():
            raise CancelledError

    def _renew(self) -> None:
        try:
            while not self._done.wait(RENEW_SECONDS):
                self._renew_once()
        finally:
            connection.close()  # this thread's own

    def _renew_once(self) -> None:
        mine = self._jobs.filter(pk=self.pk, token=self.token, status=Status.RUNNING)
        try:
            if not mine.update(lease_until=Now() + LEASE, progress=self.progress):
                self._lost.set()
            elif self._told is not None and self.progress > self._shown:
                self._shown = self.progress
                self._told()
        except DatabaseError as error:
            # The lease outlives several failures; if it does not, the token tells.
            log.warning("lease_not_renewed", job=str(self.pk), error=str(error))


def finish(jobs: QuerySet[J], pk: Any, token: str, **columns: Any) -> bool:  # noqa: ANN401
    """Write the end of a job in the caller's transaction; False if somebody else holds it now."""
    mine = jobs.filter(pk=pk, token=token, status=Status.RUNNING)
    return bool(mine.update(token="", lease_until=None, **columns))


def abandoned(jobs: QuerySet[J]) -> QuerySet[J]:
    """Jobs of which a worker must be told (again): its last one died, or the message was lost."""
    dead = Q(status=Status.RUNNING, lease_until__lte=Now())
    unheard = Q(sent_at__isnull=True) | Q(sent_at__lte=Now() - RESEND)
    waiting = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__isnull=True)
    return jobs.filter(dead | (waiting & unheard))
