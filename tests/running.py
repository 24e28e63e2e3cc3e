"""Start the whole product as `make run` does, on a free port with a data directory of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coach.config.env import BASE_DIR
from coach.live.holders import number_of
from tests.processes import listener, wait_until


@dataclass(frozen=True, slots=True)
class Running:
    """The running product. `log` is everything it printed."""

    base_url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def children(self) -> list[int]:
        """What the supervisor has started, and has not ended."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    @property
    def web_server(self) -> int | None:
        """The web process that serves; another stands by. None while none serves."""
        return listener(int(self.base_url.rpartition(":")[2]), self.children)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether `url` answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=3) as response:  # noqa: S310  our own loopback
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def environment_of(data_dir: Path) -> dict[str, str]:
    """The environment of a product with this data directory and everything else as it comes."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    return {**kept, "DATA_DIR": str(data_dir)}


def live_leader(app: Running) -> int:
    """The number of the live process that is at work; the other stands by."""
    path = app.data_dir / "coach.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        ((holder,),) = database.execute("SELECT holder FROM live_lease WHERE shard = '0/1'")
    number = number_of(holder)
    assert number is not None
    return number


@contextlib.contextmanager
def running(data_dir: Path, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Run the supervisor until the block ends; every process has ended when it returns."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), data_dir / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "coach.config.supervisor"],
            cwd=BASE_DIR,
            env={**environment_of(data_dir), "PORT": str(port), **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    app = Running(f"http://127.0.0.1:{port}", data_dir, log, process)

    def ready() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"ended early:\n{log.read_text(errors='replace')[-4000:]}")
        return answers(f"{app.base_url}/readyz")

    try:
        wait_until(ready, what=f"{app.base_url}/readyz answers; see {log}", seconds=240, every=0.25)
        yield app
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(40)
        finally:
            process.kill()  # if it has not ended; its processes go with it
