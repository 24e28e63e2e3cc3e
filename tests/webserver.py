"""A real web process (uvicorn) on the database and the secret of the running test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

from coach.config.env import BASE_DIR
from tests.processes import open_files, wait_until
from tests.running import free_port


def database_name() -> str:
    """The name of the database that the test uses."""
    return str(connection.settings_dict["NAME"])


class WebServer:
    """One web process. Use it in a test with `transactional_db`: it sees what is committed."""

    def __init__(
        self,
        directory: Path,
        *,
        redis_url: str,
        environment: Mapping[str, str] | None = None,
        application: str = "coach.config.asgi:application",
    ) -> None:
        self.port = free_port()
        self.log = directory / f"web-{self.port}.log"
        self._command = [
            *(sys.executable, "-m", "uvicorn", application, "--port", str(self.port)),
            *("--no-access-log", "--timeout-graceful-shutdown", "5"),
        ]
        self._environment = {
            **os.environ,
            **database_environment(directory),
            "DATA_DIR": str(directory),
            "REDIS_URL": redis_url,
            "SECRET_KEY": settings.SECRET_KEY,
            "PGAPPNAME": self.name,
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """By which PostgreSQL knows its connections."""
        return f"web-{self.port}"

    @property
    def database_connections(self) -> int:
        """How many connections to the test's database it holds; on SQLite, how many open files."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [self.name]
                )
                (count,) = cursor.fetchone()
            return int(count)
        name = Path(database_name()).name
        files = {name, f"{name}-wal", f"{name}-shm"}
        return sum(Path(each).name in files for each in open_files(self.pid))

    @property
    def url(self) -> str:
        """`http://host:port`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it accepts connections."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=BASE_DIR,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._accepts, what=f"the web process accepts; see {self.log}", seconds=120)

    def _accepts(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError(f"web ended early:\n{self.log.read_text()[-4000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process
        self._process.send_signal(number)

    def wait(self, seconds: float = 20) -> int:
        """Wait for the end and return the exit status."""
        assert self._process
        return self._process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)


def database_environment(directory: Path) -> dict[str, str]:
    """Environment that leads a process to the test's own database."""
    name = database_name()
    if connection.vendor == "sqlite":
        link = directory / "coach.sqlite3"
        if not link.exists():
            link.symlink_to(name)
        return {}
    base = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")[0]
    return {"DATABASE_URL": f"{base}/{name}"}
