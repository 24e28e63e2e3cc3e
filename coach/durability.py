"""Commits that a power failure may take back, for what is done again without harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

# Before and after. The order of commits stays as it was: such a one is never there without those
# before it, and whoever reads sees it at once. What waits for nobody is the disk.
_SETTINGS: Final = {
    "sqlite": ("PRAGMA synchronous=NORMAL", "PRAGMA synchronous=FULL"),
    "postgresql": ("SET synchronous_commit TO off", "RESET synchronous_commit"),
}


@contextmanager
def may_be_lost() -> Iterator[None]:
    """Statements in here commit without waiting for the disk. The end of a process loses none of
    them. In a transaction of the caller nothing changes: it is his to say."""
    if connection.in_atomic_block:
        yield
        return
    before, after = _SETTINGS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(before)
        try:
            yield
        finally:
            cursor.execute(after)
