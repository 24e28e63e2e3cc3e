"""`python -m benchmarks.learning_db`: the learning loop against a month of rows.

Fills a database of its own (SQLite, or the empty one that `DATABASE_URL` names) and a Redis of its
own, and reports how long reads, labels, decisions and the rollup take. It reports and never fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="coach-bench-"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill, measure, print."""
    options = _parser().parse_args(arguments)
    os.environ["DATA_DIR"] = str(HOME)
    os.environ["DJANGO_SETTINGS_MODULE"] = "coach.config.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ.pop("REDIS_URL", None)
    import django  # noqa: PLC0415  settings read the environment set above

    django.setup()
    try:
        with _redis():
            figures = _measure(options)
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    for name, value in figures.items():
        print(f"{name:<66} {value:>12,.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_db", description=__doc__)
    parser.add_argument("--signals", type=int, default=100_000)
    parser.add_argument("--labels", type=int, default=20_000)
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--watchers", type=int, default=3, help="users who watch each symbol")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--json", type=Path)
    return parser


@contextmanager
def _redis() -> Iterator[None]:
    from django.conf import settings  # noqa: PLC0415

    from coach.config.redis_server import redis_command  # noqa: PLC0415
    from tests.processes import wait_for_redis  # noqa: PLC0415

    process = subprocess.Popen(
        redis_command(socket=settings.RUNTIME_DIR / "redis.sock", data_dir=HOME / "redis"),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_redis(settings.REDIS_URL, process)
        yield
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(settings.RUNTIME_DIR, ignore_errors=True)


def _measure(options: argparse.Namespace) -> dict[str, float]:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.learning_db.data import Size, fill  # noqa: PLC0415
    from benchmarks.learning_db.work import Work  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    if get_user_model().objects.exists():
        raise SystemExit("DATABASE_URL: there are users in it; give the benchmark an empty one")
    size = Size(options.signals, options.labels, options.users, options.watchers)
    started = time.perf_counter()
    users = fill(size, seed=options.seed)
    figures = {"rows written in bulk, s": time.perf_counter() - started}
    work = Work(users)
    for name, one in work.once().items():
        used = time.process_time()
        figures[f"{name}, s"] = _seconds(one)
        figures[f"{name}, CPU s"] = time.process_time() - used
    for name, (one, times) in work.often().items():
        used = time.process_time()
        taken = sorted(_seconds(one) * 1000 for _ in range(times))
        figures[f"{name}, p50 ms"] = statistics.median(taken)
        figures[f"{name}, p95 ms"] = taken[int(0.95 * (len(taken) - 1))]
        # On a machine that is busy otherwise this is the figure to compare.
        figures[f"{name}, CPU ms"] = (time.process_time() - used) * 1000 / times
    return figures


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
