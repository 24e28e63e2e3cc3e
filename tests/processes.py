"""Helpers for tests that start real processes: wait for a condition, never for a time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import redis


def wait_until(
    condition: Callable[[], bool], *, what: str, seconds: float = 30.0, every: float = 0.02
) -> None:
    """Return as soon as `condition()` is true; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)  # the pause between two looks, not a wait for the outcome


def wait_for_redis(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the Redis at `url` answers; fail when its process has ended."""
    client = redis.Redis.from_url(url)

    def answers() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"redis-server ended with {process.returncode}")
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    wait_until(answers, what="Redis answers")
