"""The canonical result is the same bytes from SQLite and from PostgreSQL, where there is one.

Both sides are real: a fresh database each, bars imported from one file, the command's run. How many
workers or threads did the work shows in neither (`test_workers`, `test_harness`).
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from backtest.tests.factories import make_bars
from coach.config.env import BASE_DIR

URL = os.environ.get("DATABASE_URL", "")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not URL.startswith("postgres"), reason="DATABASE_URL names no PostgreSQL"),
]
RANGE = ("--start", "2024-03-18", "--end", "2024-03-22")


@pytest.fixture
def own_url() -> Iterator[str]:
    """A database of this test's own on that server."""
    name = f"coach_bytes_{os.getpid()}"
    with psycopg.connect(URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{URL.rsplit('/', 1)[0]}/{name}"
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            server.execute(drop)


def manage(folder: Path, url: str, *arguments: str) -> bytes:
    """A management command in a process of its own; what it prints."""
    env = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": url}
    if not url:
        del env["DATABASE_URL"]
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def canonical_result(folder: Path, url: str, bars: Path) -> bytes:
    """The run's canonical JSON from a fresh database."""
    folder.mkdir()
    manage(folder, url, "migrate", "--verbosity", "0")
    manage(folder, url, "import_bars", str(bars), "--symbol", "TEST", "--timeframe", "1m")
    return manage(folder, url, "backtest", "TEST", *RANGE, "--json")


def test_sqlite_and_postgresql_give_the_same_bytes(tmp_path: Path, own_url: str) -> None:
    bars, path = make_bars(dt.date(2024, 3, 4), dt.date(2024, 3, 26), seed=7), tmp_path / "bars.csv"
    names = ("ts", "open", "high", "low", "close", "volume")
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(names)
        lines.writerows(zip(*(getattr(bars, name).tolist() for name in names), strict=True))
    one = canonical_result(tmp_path / "sqlite", "", path)
    other = canonical_result(tmp_path / "postgresql", own_url, path)
    assert len(one) > 20_000
    assert one == other
