"""Names that one writer holds at a time."""

from __future__ import annotations

from django.db import connection


def hold(name: str) -> None:
    """Hold a name until the caller's transaction ends. On SQLite the transaction itself (IMMEDIATE)
    is the lock: there is one writer."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [name])
