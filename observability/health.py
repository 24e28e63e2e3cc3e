"""Whether this house can work: checks that every room registers, asked by `/readyz`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from django.db import connection

from observability.store import redis_client

log = structlog.get_logger(__name__)

# None when all is well, else the reason, in words for an operator and without secrets: anybody may
# read it.
Check = Callable[[], str | None]
FRESH_SECONDS = 1.0

_checks: dict[str, Check] = {}
_lock = threading.Lock()
_last: tuple[float, dict[str, str | None]] = (float("-inf"), {})


def register(name: str, check: Check) -> None:
    """Ask `check` whenever readiness is asked for. The last one registered under a name counts."""
    _checks[name] = check


def readiness() -> dict[str, str | None]:
    """Every check's answer, at most a second old: None, or why not."""
    global _last  # noqa: PLW0603  one answer for all threads
    with _lock:
        if time.monotonic() - _last[0] >= FRESH_SECONDS:
            _last = (time.monotonic(), {name: _ask(name) for name in sorted(_checks)})
        return _last[1]


def _ask(name: str) -> str | None:
    try:
        return _checks[name]()
    except Exception as error:  # noqa: BLE001  whatever went wrong, the house is not ready
        # A check that fails is an answer. The message may name hosts and users: it is for the log.
        log.warning("a readiness check failed", check=name, error=str(error))
        return f"cannot be told: {type(error).__name__}"


def check_database() -> str | None:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return None


def check_redis() -> str | None:
    """One ping."""
    redis_client().ping()
    return None
