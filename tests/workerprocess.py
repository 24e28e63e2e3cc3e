"""A real Celery worker on the database and the Redis of the running test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from coach.config.env import BASE_DIR
from tests.processes import wait_until
from tests.webserver import database_environment


class WorkerProcess:
    """One `celery worker` with its children. Use it in a test with `transactional_db`.

    `beat`: it also keeps the schedule, as the beat process does in the product.
    """

    def __init__(
        self, directory: Path, name: str, *, concurrency: int = 1, beat: bool = False
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / f"{name}.log"
        schedule = ["-B", "-s", str(directory / f"{name}.schedule")] if beat else []
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "coach.config.celery", "worker"),
                    *("--concurrency", str(concurrency), "--hostname", f"{name}@test"),
                    *("--loglevel", "INFO", "--without-mingle", "--without-gossip", *schedule),
                ],
                cwd=BASE_DIR,
                env={
                    **os.environ,
                    **database_environment(directory),
                    "DATA_DIR": str(directory),
                    "REDIS_URL": settings.REDIS_URL,
                    "SECRET_KEY": settings.SECRET_KEY,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, *, seconds: float = 180) -> None:
        """Return once it takes tasks."""

        def ready() -> bool:
            text = self.log.read_text(errors="replace")
            assert self._process.poll() is None, f"ended early:\n{text[-4000:]}"
            return " ready." in text

        wait_until(ready, what=f"a worker is ready; see {self.log}", seconds=seconds)

    def kill(self) -> None:
        """SIGKILL to the worker and its children at once, as when a machine dies."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def terminate(self) -> None:
        """Ask it to end when its tasks have."""
        self._process.terminate()
        self._process.wait(60)
