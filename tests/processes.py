"""Helpers for tests that start real processes: wait for a condition, never for a time."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import redis

from coach.config.redis_server import redis_command


def wait_until(
    condition: Callable[[], bool], *, what: str, seconds: float = 30.0, every: float = 0.02
) -> None:
    """Return as soon as `condition()` is true; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)  # the pause between two looks, not a wait for the outcome


def listener(port: int, among: Iterable[int]) -> int | None:
    """Which of the processes listens on the TCP port of 127.0.0.1; None while none does."""
    listening = f":{port:04X} 00000000:0000 0A"
    lines = Path("/proc/net/tcp").read_text().splitlines()
    inodes = {line.split()[9] for line in lines if listening in line}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    return next((pid for pid in among if wanted & set(open_files(pid))), None)


def open_files(pid: int) -> Iterator[str]:
    """What the process has open, as the kernel names it; nothing when it has ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed between two looks
                yield str(link.readlink())


def wait_for_redis(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the Redis at `url` answers; fail when its process has ended."""
    client = redis.Redis.from_url(url)

    def answers() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"redis-server ended with {process.returncode}")
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    wait_until(answers, what="Redis answers")


class OwnRedis:
    """A Redis process of one test, that can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "r.sock"
        self.url = f"unix://{self.socket}"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            redis_command(socket=self.socket, data_dir=self._directory / "data"),
            stdout=subprocess.DEVNULL,
        )
        wait_for_redis(self.url, self._process)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait(10)

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)
