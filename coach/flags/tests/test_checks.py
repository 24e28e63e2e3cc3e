"""A database whose migration was cut short can be migrated on."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from coach.config.env import BASE_DIR
from tests.running import environment_of


def manage(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=environment_of(data_dir),
        capture_output=True,
        text=True,
        check=False,
    )


def applied(data_dir: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(data_dir / "coach.sqlite3")) as database:
        rows = database.execute("SELECT name FROM django_migrations WHERE app = 'flags' ORDER BY 1")
        return [name for (name,) in rows]


@pytest.mark.processes
def test_a_migration_that_ended_before_the_flags_were_rows_goes_on(tmp_path: Path) -> None:
    # As one that was killed there: it does not get to what follows a migration either.
    manage(tmp_path, "migrate", "flags", "0001")
    assert applied(tmp_path) == ["0001_initial"]
    for command in (("migrate", "flags"), ("check", "--database", "default")):
        done = manage(tmp_path, *command)
        assert done.returncode == 0, done.stderr[-2000:]
    assert len(applied(tmp_path)) > 1
