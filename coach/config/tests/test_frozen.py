"""A process that was stopped and does not run is killed, so that it lets go of what it holds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.config.frozen import LOOKS, kill_frozen, look
from coach.config.supervisor import Program, keep_running
from coach.config.tests.test_supervisor import pids, until
from tests.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel")

FREEZES_IN_ITS_FIRST_WRITE = """
import os, signal, sqlite3, sys, time
path, record = sys.argv[1:]
first = not os.path.exists(record)
with open(record, "a") as file:
    file.write(f"{os.getpid()}\\n")
if first:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO bar VALUES (1)")
    os.kill(os.getpid(), signal.SIGSTOP)
    database.execute("COMMIT")
time.sleep(3600)
"""
WAITS_FOR_THE_LOCK = """
import os, sqlite3, subprocess, sys
path, record, child = sys.argv[1:]
reads = "import sys; sys.stdin.read()"
stopped = subprocess.Popen([sys.executable, "-c", reads], stdin=subprocess.PIPE)
with open(record, "a") as file:
    file.write(f"{os.getpid()}\\n")
with open(child, "a") as file:
    file.write(f"{stopped.pid}\\n")
database = sqlite3.connect(path, timeout=3600, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
"""
BEARS_CHILDREN = """
import os
while True:
    if os.fork() == 0:
        os._exit(0)
    os.wait()
"""
COUNTS = """
import time
while True:
    print("on", flush=True)
    time.sleep(0.001)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database as Coach's: one writer at a time, readers beside it."""
    path = tmp_path / "bars.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE bar (ts INTEGER)")
    return path


def is_writable(path: Path) -> bool:
    """Whether nobody holds the write lock."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


async def test_one_that_froze_in_the_middle_of_a_write_gives_the_database_back(
    tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "pids"
    command = [sys.executable, "-c", FREEZES_IN_ITS_FIRST_WRITE, str(database), str(record)]
    stopping = asyncio.Event()
    task = asyncio.create_task(keep_running(Program("live", command), stopping, frozen_seconds=1.0))
    await until(lambda: len(pids(record)) == 1 and not is_writable(database))
    await until(lambda: len(pids(record)) == 2)
    assert is_writable(database)
    stopping.set()
    await asyncio.wait_for(task, 20)
    with contextlib.closing(sqlite3.connect(database)) as other:
        assert other.execute("SELECT count(*) FROM bar").fetchone() == (0,)
    first, _ = pids(record)
    assert f"{first} has been stopped for 1 s; killed" in capsys.readouterr().out


async def test_one_that_waits_lives_and_its_frozen_child_does_not(
    tmp_path: Path, database: Path
) -> None:
    record, child = tmp_path / "pids", tmp_path / "child"
    arguments = [str(database), str(record), str(child)]
    stopping = asyncio.Event()
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        program = Program("worker", [sys.executable, "-c", WAITS_FOR_THE_LOCK, *arguments])
        task = asyncio.create_task(keep_running(program, stopping, frozen_seconds=1.0))
        await until(lambda: len(pids(child)) == 1)
        os.kill(pids(child)[0], signal.SIGSTOP)
        await until(lambda: "Z (zombie)" in status(pids(child)[0]))
        other.execute("ROLLBACK")
        await until(lambda: len(pids(record)) == 2)  # it got the lock, and came to its end
        stopping.set()
        await asyncio.wait_for(task, 20)


@pytest.fixture
def counting() -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs, and says so again and again."""
    with subprocess.Popen([sys.executable, "-c", COUNTS], stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: "T (stopped)" in status(process.pid), what="stopped")


def test_looks_count_while_it_is_stopped(counting: subprocess.Popen[bytes]) -> None:
    assert look(counting.pid, {}) == {}
    stop(counting)
    seen = look(counting.pid, {})
    for _ in range(LOOKS):
        seen = look(counting.pid, seen)
    assert [each.looks for each in seen.values()] == [LOOKS + 1]
    counting.send_signal(signal.SIGCONT)
    wait_until(lambda: "T (stopped)" not in status(counting.pid), what="it goes on")
    assert look(counting.pid, seen) == {}


def test_one_that_has_run_between_two_looks_is_slow_and_not_frozen(
    counting: subprocess.Popen[bytes],
) -> None:
    stop(counting)
    seen = look(counting.pid, look(counting.pid, {}))
    assert [each.looks for each in seen.values()] == [2]
    counting.send_signal(signal.SIGCONT)
    wait_until(lambda: "T (stopped)" not in status(counting.pid), what="it goes on")
    stop(counting)
    assert [each.looks for each in look(counting.pid, seen).values()] == [1]


def test_one_that_has_ended_is_nobody(counting: subprocess.Popen[bytes]) -> None:
    counting.kill()
    counting.wait(10)
    assert look(counting.pid, {}) == {}


async def test_nobody_is_watched_where_it_is_switched_off(
    counting: subprocess.Popen[bytes],
) -> None:
    async with asyncio.timeout(20):
        await kill_frozen(counting.pid, 0, print)


def test_a_child_that_ends_during_a_look_does_not_end_the_watch() -> None:
    process = subprocess.Popen([sys.executable, "-c", BEARS_CHILDREN])
    try:
        # About one look in five hundred meets a child in its last moment.
        for _ in range(10_000):
            look(process.pid, {})
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: process.pid in look(process.pid, {}), what="it is seen to be stopped")
    finally:
        process.kill()
        process.wait(10)
