"""A start without collections ends with them switched on, in every kind of process."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from coach.config import startup
from coach.config.env import BASE_DIR

SAY = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "import coach.config.asgi; " + SAY],
        ["manage.py", "shell", "-v0", "-c", SAY],
        ["-c", "from coach.config.celery import app; app.loader.import_default_modules(); " + SAY],
    ],
    ids=["web", "command", "worker"],
)
def test_a_process_collects_once_it_has_started(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=dict(os.environ),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.stdout.split() == ["True", "True"]


def test_a_process_that_has_long_started_goes_on_collecting() -> None:
    startup.begin()
    assert gc.isenabled()
