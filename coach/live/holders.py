"""Who holds a lease: a process of a machine, and whether one of this machine is still there."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from functools import cache
from pathlib import Path


def own_name() -> str:
    """This process, as a lease calls it: where its number means something, and the number."""
    return f"{_here()}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that has ended.

    False where that cannot be known: another machine, another container, another system than Linux.
    Whoever is wrong about it does no harm but haste: the lease is fenced.
    """
    number = number_of(holder)
    return sys.platform == "linux" and number is not None and not Path(f"/proc/{number}").exists()


def number_of(holder: str) -> int | None:
    """The process number of a holder on this machine; None for one elsewhere."""
    here, _, number = holder.rpartition(":")
    return int(number) if here == _here() and number.isdecimal() else None


@cache
def _here() -> str:
    """The machine since it was started, and the part of it in which process numbers are unique."""
    host = socket.gethostname()[:60]
    if sys.platform != "linux":
        return host
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    numbers = Path("/proc/self/ns/pid").readlink()
    return f"{host}/{hashlib.sha256(f'{boot} {numbers}'.encode()).hexdigest()[:16]}"
