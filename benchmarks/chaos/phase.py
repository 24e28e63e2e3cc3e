"""`python -m benchmarks.chaos.phase NAME`: one house that is broken; prints figures as JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import django

from benchmarks.chaos.product import product
from benchmarks.chaos.witnesses import watching

if TYPE_CHECKING:
    from benchmarks.chaos.scenarios import Chaos
    from benchmarks.figures import Figure

PHASES = {
    "sqlite": "SQLite, embedded Redis",
    "postgres": "PostgreSQL",
    "disk": "small disk",
}
DISK_MB = 192
MARK = "figures: "


@contextlib.contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """A file system of `DISK_MB` in memory. Needs the right to mount."""
    target = directory / "disk"
    target.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(target)]
    subprocess.run(["mount", *options], check=True)
    try:
        yield target
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)


def main() -> None:
    """Start the house, break it, check it, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PHASES)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coach-chaos-")))
        data_dir = directory / "data"
        if options.name == "disk":
            data_dir = stack.enter_context(small_disk(directory)) / "data"
        house = stack.enter_context(
            product(directory, postgres=options.name == "postgres", data_dir=data_dir)
        )
        os.environ.pop("REDIS_URL", None)
        os.environ.pop("DATABASE_URL", None)
        os.environ |= house.environment | {"DJANGO_SETTINGS_MODULE": "coach.config.settings"}
        django.setup()
        from benchmarks.chaos.scenarios import Chaos, settle  # noqa: PLC0415  they need Django

        witnesses = stack.enter_context(watching(house.url, house.headers))
        chaos = Chaos(house, witnesses, random.Random(options.seed), PHASES[options.name])  # noqa: S311
        figures = _break(chaos, options.name, options.times, directory) + settle(chaos)
    print(MARK + json.dumps([asdict(figure) for figure in figures]), flush=True)


def _break(chaos: Chaos, name: str, times: int, directory: Path) -> list[Figure]:
    from benchmarks.chaos import scenarios  # noqa: PLC0415

    chaos.wait(lambda: bool(chaos.witnesses.labels), "the first label")
    if name == "postgres":
        return scenarios.kill(chaos, ["live", "database"], times)
    if name == "disk":
        return scenarios.fill_disk(chaos, 10)
    return [
        *scenarios.kill(chaos, ["web", "live", "worker", "beat", "redis"], times),
        *scenarios.empty_redis(chaos),
        *scenarios.freeze_leader(chaos, directory),
        *scenarios.freeze_writer(chaos),
        *scenarios.lock_database(chaos, 30),
    ]


if __name__ == "__main__":
    main()
