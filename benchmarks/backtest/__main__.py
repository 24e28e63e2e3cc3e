"""``python -m benchmarks.backtest``: whole backtests, a sweep, and other people's backtesters.

Runs in a database and with a Redis of its own in a temporary directory. Prints a table and writes
``bench-results/backtest.json``. Targets are of the wall clock on two idle cores; the processor's
time, of all threads together, stands beside it: on a busy machine it is the figure to compare. It
reports and never fails for being slow.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import django

MILLION, YEAR = 1_000_000, 98_000
SWEEP_BARS = YEAR


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder, _product(Path(folder)):
        from benchmarks.backtest.measures import measure  # noqa: PLC0415  needs settings
        from benchmarks.figures import report  # noqa: PLC0415

        figures = measure(
            sizes=[(options.bars, 1_000.0), (YEAR, 150.0)],
            rounds=options.rounds,
            sweeps=not options.no_sweep,
            peers=not options.no_peers,
        )
        report("backtest", "Backtests", figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=__doc__)
    parser.add_argument("--bars", type=int, default=MILLION, help=f"default {MILLION:,}")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--no-sweep", action="store_true", help="leave the sweep out")
    parser.add_argument("--no-peers", action="store_true", help="leave other tools out")
    return parser


@contextmanager
def _product(folder: Path) -> Iterator[None]:
    """Django on an empty database, beside a Redis."""
    os.environ["DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from coach.config.redis_server import redis_command  # noqa: PLC0415

    socket = settings.RUNTIME_DIR / "redis.sock"
    command = redis_command(socket=socket, data_dir=folder / "redis")
    redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        redis.terminate()
        redis.wait(10)


if __name__ == "__main__":
    main()
