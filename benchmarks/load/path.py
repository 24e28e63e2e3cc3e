"""Ingest → evaluator → commit → client: minute bars at a steady rate, followed by many clients."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import uvloop

from benchmarks.figures import Figure
from benchmarks.stream.__main__ import HOST, house
from benchmarks.stream.clients import Tally, join
from coach.config.env import BASE_DIR

GROUP = "ingest → client"
SYMBOLS = 200
INGEST = re.compile(rb"id: \d+-(\d+)\nevent: bar\ndata: [^\n]*\"ingestTs\":([0-9.]+)[,}]")
ALERT = re.compile(rb"event: (?:alert|suppressed)\n")
SETTLE = 5  # seconds of bars that warm every path up and are not timed
MAKE_HISTORY = (
    "from coach.market.services import make_synthetic_history as make\n"
    f"make(symbols=[f'L{{n:03}}' for n in range({SYMBOLS})], seed=20, sessions=2)"
)


async def _measure(
    environment: dict[str, str], port: int, token: str, *, clients: int, rate: float, seconds: float
) -> tuple[Tally, int]:
    tally = Tally()
    transports = await join(
        clients, host=HOST, port=port, token=token, tally=tally, pattern=INGEST, symbols=""
    )
    count = int(rate * (seconds + SETTLE))
    live = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load.steady"),
        *("--rate", str(rate), "--count", str(count)),
        cwd=BASE_DIR,
        env=environment,
    )
    try:
        await tally.until(lambda: tally.events >= count * clients, seconds=seconds + 120)
        return Tally(tally.latencies_ms, events=tally.events, broken=tally.broken), count
    finally:
        if live.returncode is None:
            live.terminate()
        await live.wait()
        for transport in transports:
            transport.abort()


def run(*, clients: int = 50, rate: float = 200.0, seconds: float = 20.0) -> list[Figure]:
    """Start a house of its own, feed it, and say how old each bar was when each client had it."""
    with (
        tempfile.TemporaryDirectory(prefix="coach-load-") as name,
        house(Path(name)) as (url, port, _, token),
    ):
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        environment |= {
            "DATA_DIR": name,
            "REDIS_URL": url,
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "coach.config.settings",
        }
        make = [sys.executable, "manage.py", "shell", "-v0", "-c", MAKE_HISTORY]
        subprocess.run(make, cwd=BASE_DIR, env=environment, check=True)
        tally, count = uvloop.run(
            _measure(environment, port, token, clients=clients, rate=rate, seconds=seconds)
        )
    timed = np.array(tally.latencies_ms[int(SETTLE * rate) * clients :])
    p50, p95, p99 = (round(float(value), 1) for value in np.percentile(timed, [50, 95, 99]))
    note = f"{rate:g} bars/s, each committed; {clients} clients get all of them"
    return [
        Figure(GROUP, "p50", p50, "ms", None, note),
        Figure(GROUP, "p95", p95, "ms", 20),
        Figure(GROUP, "p99", p99, "ms", 40),
        Figure(GROUP, "bars lost", count * clients - tally.events, "", 0),
        Figure(GROUP, "streams broken", tally.broken, "", 0),
    ]
