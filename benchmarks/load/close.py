"""`python -m benchmarks.load.close`: a minute closes for thousands of symbols at once.

Evaluates every rule on every symbol's bar and commits bars, signals, decisions and announcements,
through the product's shard, in one process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import django

from benchmarks.figures import Figure
from coach.config.env import BASE_DIR

if TYPE_CHECKING:
    from coach.live.shard import Shard
    from coach.market.feed import FeedBar, FeedBatch

GROUP = "minute close"
USERS, WATCHED = 10, 40


def run(*, symbols: int = 8_000, closes: int = 10) -> list[Figure]:
    """Measure in a process of its own on a temporary DATA_DIR."""
    with tempfile.TemporaryDirectory(prefix="coach-load-") as name:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        environment |= {"DATA_DIR": name, "LOG_LEVEL": "WARNING", "REDIS_URL": ""}
        command = [sys.executable, "-m", "benchmarks.load.close"]
        done = subprocess.run(
            [*command, "--symbols", str(symbols), "--closes", str(closes)],
            cwd=BASE_DIR,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found = json.loads(done.stdout.splitlines()[-1])
    return _figures(found, symbols)


def _figures(found: dict[str, Any], symbols: int) -> list[Figure]:
    median = round(statistics.median(found["total"]), 2)
    fired = statistics.median(found["fired"])
    note = f"{symbols:,} symbols, seven rules, median {fired:g} signals a minute"
    return [
        Figure(GROUP, "evaluated and committed, median", median, "s", 2, note),
        Figure(GROUP, "evaluated and committed, worst", round(max(found["total"]), 2), "s"),
        Figure(GROUP, "evaluated, median", round(statistics.median(found["evaluate"]), 2), "s"),
        Figure(GROUP, "bars not recorded", found["lost"], "", 0),
    ]


def main() -> None:
    """Make the market, open the shard, play minutes; print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=8_000)
    parser.add_argument("--closes", type=int, default=10)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415  needs the environment

    from coach.config.redis_server import redis_command  # noqa: PLC0415
    from tests.processes import wait_for_redis  # noqa: PLC0415

    socket = settings.RUNTIME_DIR / "redis.sock"
    redis = subprocess.Popen(
        redis_command(socket=socket, data_dir=settings.DATA_DIR / "redis"),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_redis(settings.REDIS_URL, redis)
        print(json.dumps(measure(options.symbols, options.closes)))
    finally:
        redis.terminate()
        redis.wait(10)


def measure(symbols: int, closes: int) -> dict[str, Any]:
    """Seconds of each close, after two that warm up."""
    from coach.market.models import ReceivedBar  # noqa: PLC0415

    names = [f"L{number:04}" for number in range(symbols)]
    _prepare(names)
    shard = _shard(names)
    found: dict[str, Any] = {"evaluate": [], "total": [], "fired": [], "lost": 0}
    minutes = list(islice(_minutes(names), 120, 122 + closes))
    for batch in minutes:
        received = time.time() * 1000
        bars = tuple(replace(bar, received_ms=received) for bar in batch.bars)
        began = time.perf_counter()
        shard.evaluate(replace(batch, bars=bars))
        evaluated = time.perf_counter()
        flushed = shard.flush()
        found["evaluate"].append(evaluated - began)
        found["total"].append(time.perf_counter() - began)
        found["fired"].append(flushed.signals)
    found["lost"] = sum(len(b.bars) for b in minutes) - ReceivedBar.objects.count()
    return {
        name: values[2:] if isinstance(values, list) else values for name, values in found.items()
    }


def _prepare(names: Sequence[str]) -> None:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from coach.market.services import make_synthetic_history  # noqa: PLC0415
    from coach.signals.services import set_watchlist  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    make_synthetic_history(symbols=names, seed=20, sessions=1)
    for number in range(USERS):
        user = get_user_model().objects.create_user(username=f"trader{number}")
        mine = names[number * WATCHED : (number + 1) * WATCHED]
        set_watchlist(user_id=user.pk, symbols=mine)


def _shard(names: Sequence[str]) -> Shard:
    from coach.engine.registry import RULES  # noqa: PLC0415
    from coach.engine.ruleset import compile_rules  # noqa: PLC0415
    from coach.engine.warm import warm_up  # noqa: PLC0415
    from coach.live.lease import acquire  # noqa: PLC0415
    from coach.live.shard import Shard  # noqa: PLC0415
    from coach.market.selectors import calendars_of  # noqa: PLC0415

    warm_up()
    held = acquire(shard="0/1", holder="benchmark")
    if held is None:
        raise RuntimeError("the shard's lease is taken in a database that nobody else has")
    rulesets = (compile_rules(RULES),)
    return Shard(source="replay", calendars=calendars_of(names), rulesets=rulesets, held=held)


def _minutes(names: Sequence[str]) -> Iterator[FeedBatch]:
    from benchmarks.load.steady import MINUTE_MS, last_sessions  # noqa: PLC0415
    from coach.market.feed import FeedBatch  # noqa: PLC0415

    closing: dict[int, list[FeedBar]] = defaultdict(list)
    for bar in last_sessions(names):
        closing[bar.ts + MINUTE_MS].append(bar)
    for market_ms in sorted(closing):
        yield FeedBatch(market_ms, tuple(closing[market_ms]))


if __name__ == "__main__":
    main()
