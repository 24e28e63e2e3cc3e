"""A real live process (`manage.py run_live`) on the database and the Redis of the running test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import F

from coach.config.env import BASE_DIR
from coach.live.models import Lease
from tests.processes import wait_until
from tests.webserver import database_environment


def lease_is_unlocked() -> bool:
    """Whether nobody is inside a transaction that writes for a shard: each begins at its lease."""
    sqlite = connection.vendor == "sqlite"
    patience = "PRAGMA busy_timeout = {}" if sqlite else "SET lock_timeout = {}"
    with connection.cursor() as cursor:
        cursor.execute(patience.format(100))
    try:
        Lease.objects.update(holder=F("holder"))
    except OperationalError:
        return False
    finally:
        with connection.cursor() as cursor:
            cursor.execute(patience.format(20_000))
    return True


class LiveProcess:
    """One `run_live`. Use it in a test with `transactional_db`: it sees what is committed."""

    def __init__(
        self,
        directory: Path,
        name: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / f"{name}.log"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "run_live", *arguments],
                cwd=BASE_DIR,
                env={
                    **os.environ,
                    **database_environment(directory),
                    "DATA_DIR": str(directory),
                    "REDIS_URL": settings.REDIS_URL,
                    "SECRET_KEY": settings.SECRET_KEY,
                    "LOG_LEVEL": "INFO",
                    **(environment or {}),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def said(self, event: str) -> bool:
        """Whether its log names an event."""
        return f"event={event}" in self.log.read_text(errors="replace")

    def wait_for(self, event: str, *, seconds: float = 120) -> None:
        """Return once its log names an event."""

        def named() -> bool:
            if self.said(event):
                return True
            assert not self.ended, f"ended early:\n{self.log.read_text(errors='replace')[-4000:]}"
            return False

        wait_until(named, what=f"{event} in {self.log}", seconds=seconds)

    def finish(self, *, seconds: float = 300) -> None:
        """Wait until it ends by itself, without an error."""
        status = self._process.wait(seconds)
        assert status == 0, self.log.read_text(errors="replace")[-4000:]

    def stop(self) -> None:
        """Freeze it, as a machine does that swaps or sleeps, wherever it is."""
        self._process.send_signal(signal.SIGSTOP)

    def stop_between_commits(self) -> None:
        """Freeze it at a moment when it holds no lock of the database."""

        def stopped() -> bool:
            self.stop()
            if lease_is_unlocked():
                return True
            self.go_on()
            return False

        wait_until(stopped, what="stopped between two commits")

    def stop_within_a_commit(self) -> None:
        """Freeze it at a moment when it holds a lock of the database."""

        def stopped() -> bool:
            self.stop()
            if not lease_is_unlocked():
                return True
            self.go_on()
            return False

        wait_until(stopped, what="stopped within a commit", seconds=120, every=0.005)

    def go_on(self) -> None:
        """Wake it up."""
        self._process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to end, and see that it does."""
        self._process.terminate()
        assert self._process.wait(30) == 0, self.log.read_text(errors="replace")[-4000:]

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(10)
