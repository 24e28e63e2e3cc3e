"""How long `POST /api/feedback` takes at a given rate, browsers' way: session, CSRF, key.

    python -m benchmarks.feedback --rate 50 --seconds 20 --workers 2

Starts a server of its own on a temporary DATA_DIR. Requests leave by the clock, whether or not the
ones before have been answered, so that a stall shows in every request that waited for it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

CSRF = "x" * 32
LABELS = ("good", "bad", "late", "missed")


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

    from coach.market.models import Clock  # noqa: PLC0415
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
    Clock.objects.create(
        source="replay", anchor_wall_ms=0, anchor_market_ms=now_ms, speed=1, market_ms=now_ms
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
        client.force_login(user)
        browsers.append(Browser(client.cookies["sessionid"].value, ids))
    return browsers


async def click(client: httpx.AsyncClient, browser: Browser, number: int) -> float:
    """One label; milliseconds until the answer."""
    signal_id = browser.signal_ids[number % len(browser.signal_ids)]
    began = time.perf_counter()
    answer = await client.post(
        "/api/feedback",
        json={"signalId": signal_id, "label": LABELS[number % len(LABELS)], "notes": ""},
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
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
        for number in range(len(browsers)):  # connections, caches and machine code are warm
            await click(client, browsers[number], 1_000_000 + number)
        began = time.perf_counter()
        waiting = []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            browser = browsers[number % len(browsers)]
            waiting.append(asyncio.create_task(click(client, browser, number // len(browsers))))
        return list(await asyncio.gather(*waiting))


def report(took: list[float], rate: int) -> dict[str, float]:
    """Percentiles in ms."""
    cuts = statistics.quantiles(took, n=100)
    return {
        "rate": rate,
        "count": len(took),
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(took), 1),
    }


def run(arguments: argparse.Namespace, directory: Path) -> dict[str, float]:
    """Everything on a server of our own."""
    import django  # noqa: PLC0415  after the environment is set

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    from coach.config.redis_server import redis_command  # noqa: PLC0415
    from tests.processes import wait_for_redis  # noqa: PLC0415
    from tests.webserver import WebServer  # noqa: PLC0415

    redis = subprocess.Popen(
        redis_command(socket=settings.RUNTIME_DIR / "redis.sock", data_dir=directory / "redis")
    )
    try:
        wait_for_redis(settings.REDIS_URL, redis)
        browsers = prepare(arguments.users, arguments.signals)
        server = WebServer(
            directory,
            redis_url=settings.REDIS_URL,
            environment={"WEB_CONCURRENCY": str(arguments.workers), "LOG_LEVEL": "WARNING"},
        )
        server.start()
        try:
            took = asyncio.run(load(server.url, browsers, arguments.rate, arguments.seconds))
        finally:
            server.signal(signal.SIGTERM)
            server.wait()
        return report(took, arguments.rate)
    finally:
        redis.terminate()
        redis.wait(10)


def main() -> None:
    """Parse, run, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=50, help="labels a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--signals", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1, help="web processes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as directory:
        os.environ |= {"DATA_DIR": directory, "DJANGO_SETTINGS_MODULE": "coach.config.settings"}
        os.environ.pop("REDIS_URL", None)
        json.dump(run(arguments, Path(directory)), sys.stdout)
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
