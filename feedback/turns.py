"""Whose turn it is to write: labels and trades wait for each other instead of failing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from django.db import connection

_WRITERS: Final = Lock()


@contextmanager
def turn() -> Iterator[None]:
    """One writer at a time in this process, on SQLite.

    SQLite's own queue is polling without an order: of fifty that wait, one may starve until its
    time is out. Not inside a transaction of the caller, which holds SQLite's lock already.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _WRITERS:
        yield


def lock(*parts: str) -> None:
    """Hold a name until the transaction ends. On SQLite the transaction itself (IMMEDIATE) is the
    lock: there is one writer."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", ["/".join(parts)])
