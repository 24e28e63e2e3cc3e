"""How long `POST /api/feedback` takes at a given rate, browsers' way: session, CSRF, key.

    python -m benchmarks.feedback
    DATABASE_URL=postgres://postgres@127.0.0.1/postgres python -m benchmarks.feedback --rate 50

Starts a server of its own on a temporary DATA_DIR with SQLite, and then, where `DATABASE_URL` names
a PostgreSQL server, one on a database that is made there and dropped. Requests leave by the clock,
whether or not the ones before have been answered, so that a stall shows in every request that
waited for it. `cpuMs` is what the web process spent on one label: on a machine that is busy
otherwise it is the figure to compare. It reports and never fails for being slow.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

CSRF = "x" * 32
LABELS = ("good", "bad", "late", "missed")
# uvicorn closes a connection that was idle for so many seconds; one of ours must not be used then.
SERVER_KEEPS = 5.0
TICK = os.sysconf("SC_CLK_TCK")
# Every click of a run is another label of another key.
NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Browser:
    """A logged-in trader and the signals that were decided for him."""

    session: str
    signal_ids: tuple[str, ...]


def prepare(users: int, signals: int) -> list[Browser]:
    """Migrate, and give each user a session and decided signals on the latest session date."""
    from django.core.management import call_command  # noqa: PLC0415  after the settings are set
    from django.db import transaction  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from coach.market.clock import ClockState  # noqa: PLC0415
    from coach.market.clockstore import save_clock  # noqa: PLC0415
    from coach.signals.selectors import find_signal_ids  # noqa: PLC0415
    from coach.signals.services import record_moment  # noqa: PLC0415
    from coach.signals.tests.factories import (  # noqa: PLC0415
        OPEN_MS,
        fired_signal,
        new_decision,
        trader,
    )

    call_command("migrate", verbosity=0)
    now_ms = OPEN_MS + 6 * 3_600_000
    save_clock(
        ClockState(
            source="replay", anchor_wall_ms=0, anchor_market_ms=now_ms, speed=1, market_ms=now_ms
        ),
        configured_speed=1,
    )
    traders = [trader() for _ in range(users)]
    fired = [fired_signal(minute) for minute in range(signals)]
    for each in fired:
        decisions = [new_decision(user.pk, each.key) for user in traders]
        with transaction.atomic():
            record_moment(fired=[each], decisions=decisions)
    ids = tuple(find_signal_ids({each.key for each in fired}).values())
    browsers = []
    for user in traders:
        client = Client()
        client.force_login(user, backend="coach.accounts.authentication.PasswordBackend")
        browsers.append(Browser(client.cookies["sessionid"].value, ids))
    return browsers


async def click(client: httpx.AsyncClient, browser: Browser, number: int) -> float:
    """One label; milliseconds until the answer."""
    turn = number // 20
    signal_id = browser.signal_ids[turn % len(browser.signal_ids)]
    began = time.perf_counter()
    answer = await client.post(
        "/api/feedback",
        json={"signalId": signal_id, "label": LABELS[turn % len(LABELS)], "notes": ""},
        headers={
            "Cookie": f"sessionid={browser.session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Idempotency-Key": f"{browser.session}-{number}",
        },
    )
    if answer.status_code != HTTPStatus.CREATED:
        raise RuntimeError(f"refused with {answer.status_code}: {answer.text}")
    return (time.perf_counter() - began) * 1000


async def load(url: str, browsers: list[Browser], rate: int, seconds: int) -> list[float]:
    """`rate` labels a second for `seconds`, on the clock."""
    limits = httpx.Limits(
        max_connections=200, max_keepalive_connections=200, keepalive_expiry=SERVER_KEEPS / 2
    )
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=120) as client:
        for number in range(len(browsers)):  # connections, caches and machine code are warm
            await click(client, browsers[number], next(NUMBERS))
        began = time.perf_counter()
        waiting = []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            browser = browsers[number % len(browsers)]
            waiting.append(asyncio.create_task(click(client, browser, next(NUMBERS))))
        return list(await asyncio.gather(*waiting))


def report(took: list[float], rate: int, cpu_seconds: float) -> dict[str, float]:
    """Percentiles in ms."""
    cuts = statistics.quantiles(took, n=100)
    return {
        "rate": rate,
        "count": len(took),
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(took), 1),
        "cpuMs": round(cpu_seconds / len(took) * 1000, 2),
    }


def cpu_seconds(pid: int) -> float:
    """What a process and its children have spent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # no such file on this system, or an ended child
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / TICK
    return own + sum(cpu_seconds(int(child)) for child in children)


@contextmanager
def own_redis(directory: Path) -> Iterator[str]:
    """A Redis of this run; its URL."""
    from django.conf import settings  # noqa: PLC0415

    from coach.config.redis_server import redis_command  # noqa: PLC0415
    from tests.processes import wait_for_redis  # noqa: PLC0415

    redis = subprocess.Popen(
        redis_command(socket=settings.RUNTIME_DIR / "redis.sock", data_dir=directory / "redis"),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_redis(settings.REDIS_URL, redis)
        yield settings.REDIS_URL
    finally:
        redis.terminate()
        redis.wait(10)


def run(arguments: argparse.Namespace, directory: Path) -> list[dict[str, float]]:
    """Every rate, one after the other, on a server of our own."""
    import django  # noqa: PLC0415  after the environment is set

    django.setup()
    from tests.webserver import WebServer  # noqa: PLC0415

    with own_redis(directory) as redis_url:
        browsers = prepare(arguments.users, arguments.signals)
        environment = {"WEB_CONCURRENCY": str(arguments.workers), "LOG_LEVEL": "WARNING"}
        server = WebServer(directory, redis_url=redis_url, environment=environment)
        server.start()
        try:
            figures = []
            for rate in arguments.rate:
                used = cpu_seconds(server.pid)
                took = asyncio.run(load(server.url, browsers, rate, arguments.seconds))
                figures.append(report(took, rate, cpu_seconds(server.pid) - used))
            return figures
        finally:
            server.signal(signal.SIGTERM)
            server.wait()


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """A new database on a PostgreSQL server; its URL. Dropped at the end."""
    import psycopg  # noqa: PLC0415  only where there is such a server

    name = f"coach_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.partition('?')[0].rpartition('/')[0]}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run_on(
    database: str, arguments: argparse.Namespace, url: str | None
) -> list[dict[str, str | float]]:
    """The run on one database, in a process of its own: settings are read once a process."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    words = [f"--rate={rate}" for rate in arguments.rate]
    words += [f"--{name}={getattr(arguments, name)}" for name in COUNTS]
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as directory:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.feedback", "--here", *words],
            env={
                **kept,
                **({"DATABASE_URL": url} if url else {}),
                "DATA_DIR": directory,
                "DJANGO_SETTINGS_MODULE": "coach.config.settings",
                "LOG_LEVEL": "WARNING",
            },
            stdout=subprocess.PIPE,
            check=True,
        )
    return [{"database": database, **figures} for figures in json.loads(done.stdout)]


def measure(arguments: argparse.Namespace) -> list[dict[str, str | float]]:
    """SQLite, and PostgreSQL where `DATABASE_URL` names a server."""
    figures = run_on("sqlite", arguments, None)
    server = os.environ.get("DATABASE_URL", "")
    if server.startswith("postgres"):
        with own_database(server) as url:
            figures += run_on("postgresql", arguments, url)
    return figures


COUNTS = ("seconds", "users", "signals", "workers")


def main(given: Sequence[str] | None = None) -> None:
    """Parse, run, print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.feedback", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rate", type=int, action="append", help="labels a second (50 and 100)")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--signals", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1, help="web processes")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    arguments.rate = arguments.rate or [50, 100]
    if arguments.here:
        json.dump(run(arguments, Path(os.environ["DATA_DIR"])), sys.stdout)
        return
    figures = measure(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    for one in figures:
        print("  ".join(f"{name} {value}" for name, value in one.items()))


if __name__ == "__main__":
    main()
