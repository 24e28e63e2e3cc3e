"""Waiting for the end of a run: its worker rings a bell in Redis; the database has the truth."""

from __future__ import annotations

import time
from functools import cache
from threading import BoundedSemaphore

import redis
import structlog
from django.conf import settings

from backtest.models import Run, Status

log = structlog.get_logger(__name__)

RECHECK_SECONDS = 1.0
"""A bell that was lost costs at most so long."""
BELL_SECONDS = 60
MOST_WAITING = 16
"""Requests of this process that wait at a time: one that waits keeps a thread from others."""
UNFINISHED = (Status.QUEUED, Status.RUNNING)


_places = BoundedSemaphore(MOST_WAITING)


def _client() -> redis.Redis:
    return _client_of(settings.REDIS_URL)


@cache
def _client_of(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=RECHECK_SECONDS + 2)


def _bell(run_id: str) -> str:
    return f"backtest:ended:{run_id}"


def ring_bell(run_id: str) -> None:
    """Wake whoever waits for a run. Called after the commit of its end."""
    try:
        pipe = _client().pipeline()
        pipe.rpush(_bell(run_id), "ended")
        pipe.expire(_bell(run_id), BELL_SECONDS)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("bell_not_rung", run=run_id, error=str(error))


def wait_for_end(run_id: str, *, seconds: float) -> bool:
    """Return once a run has ended, True, or after so many seconds, False; where too many wait
    already, at once.

    Raises:
        redis.RedisError: Redis is away.
    """
    if not _places.acquire(blocking=False):
        return _ended(run_id)
    try:
        return _wait(run_id, seconds)
    finally:
        _places.release()


def _wait(run_id: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _ended(run_id):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        _client().blpop([_bell(run_id)], timeout=min(left, RECHECK_SECONDS))
    return True


def _ended(run_id: str) -> bool:
    return not Run.objects.filter(pk=run_id, status__in=UNFINISHED).exists()
