"""How the two databases are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

# Threads that serve requests keep their connections (coach.config.threads).
CONNECTION_SECONDS = 60


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite as a server wants it: WAL, durable commits, writers queue instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        "TEST": {"NAME": str(path.with_name("test-" + path.name))},
    }


def postgresql(url: str, *, idle_seconds: int) -> dict[str, Any]:
    """PostgreSQL, which ends the transaction of a process that has frozen in the middle of it.

    Else its locks would keep out whoever takes over its lease, until it woke up.
    """
    parsed: dict[str, Any] = {
        **dj_database_url.parse(url, conn_max_age=CONNECTION_SECONDS, conn_health_checks=True)
    }
    given = parsed.get("OPTIONS") or {}
    limit = f"-c idle_in_transaction_session_timeout={idle_seconds}s"
    options = f"{limit} {given.get('options', '')}".strip()  # what the URL says has the last word
    return parsed | {"OPTIONS": {**given, "options": options}}
