"""Sessions are computed once, and what is read back is what was computed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coach.config.env import BASE_DIR
from coach.market import calendars, sessionfile

LOOK = (
    "import sys; from coach.market.calendars import session_at; "
    "print(session_at('XNYS', 1_736_440_200_000), session_at('XNYS', 1_736_526_600_000).open_ms, "
    "'pandas' in sys.modules)"
)


def look(cache: Path) -> str:
    """What a fresh process says of 2025-01-09 (a day of mourning) and of the day after."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=BASE_DIR,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def test_the_second_process_reads_what_the_first_computed(tmp_path: Path) -> None:
    assert look(tmp_path) == "None 1736519400000 True"
    assert look(tmp_path) == "None 1736519400000 False"


def test_half_a_file_is_computed_anew_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    table = np.arange(12).reshape(4, 3)
    assert (sessionfile.kept("v", lambda: table) == table).all()
    (path,) = sessionfile.folder().iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    assert (sessionfile.kept("v", lambda: table) == table).all()
    assert path.read_bytes() == whole


def test_another_version_is_another_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, second = np.zeros((4, 1), np.int64), np.ones((4, 1), np.int64)
    sessionfile.kept("first", lambda: first)
    assert (sessionfile.kept("second", lambda: second) == second).all()
    assert (sessionfile.kept("first", lambda: second) == first).all()


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "coach").write_text("a file where the folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    table = np.zeros((4, 1), np.int64)
    assert (sessionfile.kept("v", lambda: table) == table).all()


def test_the_columns_are_of_one_length() -> None:
    table = calendars._from_library()
    assert table.shape[0] == 4
    assert (np.diff(table) > 0).all()
