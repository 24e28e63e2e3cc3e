"""Processes are kept running, and all of them end when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coach.config import supervisor
from coach.config.env import BASE_DIR, Env
from coach.config.supervisor import Program, keep_running, next_pause, programs
from tests.running import environment_of

APPENDS_ITS_PID = (
    "import os, sys, time; f = open(sys.argv[1], 'a'); f.write(f'{os.getpid()}\\n'); f.close(); "
    "print('ready', flush=True); time.sleep(3600)"
)


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


async def until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  another process sets it
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_killed_process_is_started_again_and_ends_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "pids"
    program = Program("worker", [sys.executable, "-c", APPENDS_ITS_PID, str(record)])
    stopping = asyncio.Event()
    task = asyncio.create_task(keep_running(program, stopping, frozen_seconds=0))
    await until(lambda: len(pids(record)) == 1)
    os.kill(pids(record)[0], signal.SIGKILL)
    await until(lambda: len(pids(record)) == 2)
    stopping.set()
    await asyncio.wait_for(task, 20)
    first, second = pids(record)
    assert first != second
    assert not alive(second)
    output = capsys.readouterr().out
    assert "worker │ ready" in output
    assert "worker │ ended with -9; starting again" in output


async def test_a_process_that_ignores_the_request_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    record = tmp_path / "pids"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + APPENDS_ITS_PID
    stopping = asyncio.Event()
    program = Program("web", [sys.executable, "-c", deaf, str(record)])
    task = asyncio.create_task(keep_running(program, stopping, frozen_seconds=0))
    await until(lambda: len(pids(record)) == 1)
    stopping.set()
    await asyncio.wait_for(task, 20)
    assert not alive(pids(record)[0])


@pytest.fixture
def _output_is_full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is printed goes where nothing fits, as onto a full disk."""
    full = Path("/dev/full").open("w")  # noqa: SIM115  closing it fails too
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", full)
        yield
    with contextlib.suppress(OSError):
        full.close()


@pytest.mark.usefixtures("_output_is_full")
async def test_an_output_that_takes_nothing_ends_nothing(tmp_path: Path) -> None:
    record = tmp_path / "pids"
    stopping = asyncio.Event()
    program = Program("web", [sys.executable, "-c", APPENDS_ITS_PID, str(record)])
    task = asyncio.create_task(keep_running(program, stopping, frozen_seconds=0))
    await until(lambda: len(pids(record)) == 1)
    os.kill(pids(record)[0], signal.SIGKILL)
    await until(lambda: len(pids(record)) == 2)
    stopping.set()
    await asyncio.wait_for(task, 20)


async def test_a_line_of_any_length_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A process whose output nobody reads stands still once its pipe is full."""
    long = "print('x' * 1_000_000, flush=True); " + APPENDS_ITS_PID
    stopping = asyncio.Event()
    program = Program("worker", [sys.executable, "-c", long, str(tmp_path / "pids")])
    task = asyncio.create_task(keep_running(program, stopping, frozen_seconds=0))
    printed: list[str] = []

    def is_ready() -> bool:
        printed.append(capsys.readouterr().out)
        return "worker │ ready" in "".join(printed)

    await until(is_ready)
    stopping.set()
    await asyncio.wait_for(task, 20)
    assert "".join(printed).count("x") == 1_000_000


async def test_what_starts_later_is_not_started_when_all_is_to_end(tmp_path: Path) -> None:
    record = tmp_path / "pids"
    program = Program("live 2", [sys.executable, "-c", APPENDS_ITS_PID, str(record)], later=3600)
    stopping = asyncio.Event()
    task = asyncio.create_task(keep_running(program, stopping, frozen_seconds=0))
    await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(task, 20)
    assert not pids(record)


@pytest.mark.parametrize(("standby", "expected"), [(True, 2), (False, 1)])
@pytest.mark.parametrize("word", ["coach.config.web", "run_live"])
def test_a_second_process_stands_by_unless_it_is_not_wanted(
    tmp_path: Path, word: str, *, standby: bool, expected: int
) -> None:
    env = Env(DATA_DIR=tmp_path, STANDBY=standby)
    found = [each for each in programs(env, log_level="info") if word in each.command]
    assert len(found) == expected
    assert len({each.name for each in found}) == expected
    assert all(each.later for each in found[1:])


def test_what_fails_at_once_is_started_again_later_and_later() -> None:
    pauses, pause = [], 0.0
    for _ in range(7):
        pause = next_pause(pause, ran=0.5, status=1)
        pauses.append(pause)
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert next_pause(5.0, ran=11.0, status=1) == 0.0


def test_what_was_killed_does_not_wait_longer_each_time() -> None:
    pauses, pause = [], 0.0
    for _ in range(7):
        pause = next_pause(pause, ran=3.0, status=-signal.SIGKILL)
        pauses.append(pause)
    assert pauses == [0.25] * 7


@pytest.mark.parametrize("name", ["PORT", "HOST"])
def test_an_address_that_cannot_be_served_ends_the_start_and_is_named(
    tmp_path: Path, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        host = "192.0.2.1" if name == "HOST" else "127.0.0.1"  # an address of nobody's (RFC 5737)
        done = subprocess.run(
            [sys.executable, "-m", "coach.config.supervisor"],
            cwd=BASE_DIR,
            env=environment_of(tmp_path) | {"DEMO": "0", "HOST": host, "PORT": str(number)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert f"{name}={host if name == 'HOST' else number}" in done.stdout.splitlines()[-1]
