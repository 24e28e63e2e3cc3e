"""Kills a process that was stopped and does not run: it keeps what it holds, and gives nothing.

Whoever freezes inside a transaction of SQLite keeps everybody out of the database, and nobody can
take over its lease. Only the kernel's word counts: stopped by a signal, and not once scheduled
since the look before. One that is slow, or waits for a lock, a disk or a processor, is never in
that state, however long it takes; neither is one that a debugger holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Looks are counted, not seconds: a machine that slept has not looked meanwhile.
LOOKS: Final = 10
STOPPED: Final = "State:\tT "  # a debugger's is a small t


@dataclass(frozen=True, slots=True)
class Stopped:
    """A process that is stopped: how often it had been scheduled, and for how many looks in a row
    that has not changed."""

    scheduled: tuple[str, ...]
    looks: int


async def kill_frozen(pid: int, seconds: float, say: Callable[[str], None]) -> None:
    """Watch a process and its descendants until cancelled; kill which of them stays stopped for
    `seconds`. Who started it starts it again. 0: never. Linux alone tells the state."""
    if sys.platform != "linux" or not seconds:
        return
    seen: Mapping[int, Stopped] = {}
    while True:
        await asyncio.sleep(seconds / LOOKS)
        seen = look(pid, seen)
        for each, stopped in seen.items():
            if stopped.looks > LOOKS:
                say(f"{each} has been stopped for {seconds:g} s; killed")
                with contextlib.suppress(ProcessLookupError):  # somebody else did
                    os.kill(each, signal.SIGKILL)


def look(pid: int, before: Mapping[int, Stopped]) -> dict[int, Stopped]:
    """Which of a process and its descendants are stopped, after what the look before has seen."""
    found = {}
    for each in _family(pid):
        scheduled = _scheduled_if_stopped(each)
        if scheduled is not None:
            last = before.get(each)
            looks = last.looks if last is not None and last.scheduled == scheduled else 0
            found[each] = Stopped(scheduled, looks + 1)
    return found


def _family(pid: int) -> Iterator[int]:
    yield pid
    for thread in _threads(pid):
        for child in _read(thread / "children").split():
            yield from _family(int(child))


def _threads(pid: int) -> list[Path]:
    """None when the process has ended, be it while we look."""
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def _scheduled_if_stopped(pid: int) -> tuple[str, ...] | None:
    lines = _read(Path(f"/proc/{pid}/status")).splitlines()
    if not any(line.startswith(STOPPED) for line in lines):
        return None
    return tuple(line for line in lines if "ctxt_switches" in line)


def _read(file: Path) -> str:
    """Empty when its process has ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
