"""What is broken, and when each thing counts as back. Each returns figures."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import redis
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from benchmarks.chaos import truth
from benchmarks.chaos.product import Product
from benchmarks.chaos.witnesses import Witnesses
from benchmarks.figures import Figure
from coach.config.env import BASE_DIR
from coach.live import ring
from coach.market.selectors import data_range
from tests.processes import wait_until
from tests.running import answers

LIMIT_SECONDS = 90.0
AGREE = "memory, Redis and database the same, while labels are given"
TARGETS = {"web": 5, "live": 5, "worker": 10, "beat": 10, "redis": 10, "database": 15}


@dataclass(slots=True)
class Chaos:
    """A product, its witnesses, and a seeded choice of moments."""

    product: Product
    witnesses: Witnesses
    draw: random.Random
    group: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    agreed: list[float] = field(default_factory=list)  # seconds after each kill of Redis

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        """Seconds until it holds; whatever is away counts as not yet."""
        began = time.monotonic()

        def holds() -> bool:
            try:
                return condition()
            except httpx.HTTPStatusError as error:
                if error.response.is_client_error:
                    raise AssertionError(error.response.text) from error
                return False
            except (DatabaseError, redis.RedisError, httpx.HTTPError, OSError):
                close_old_connections()
                return False

        wait_until(holds, what=what, seconds=LIMIT_SECONDS, every=0.02)
        return time.monotonic() - began

    def pause(self) -> None:
        """A moment nobody chose: somewhere in the next two seconds."""
        time.sleep(self.draw.uniform(0.1, 2.0))  # the seeded moment is the point

    def ready(self) -> bool:
        """Whether the product says that it can work."""
        return answers(f"{self.product.url}/readyz")

    def call(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401  JSON
        """One request; raises for a refusal."""
        with httpx.Client(
            base_url=self.product.url, headers=self.product.headers, timeout=30
        ) as api:
            answer = api.request(method, path, json=body or None)
            answer.raise_for_status()
            return answer.json()

    def aggregates_agree(self) -> bool:
        """Whether memory, Redis and database say the same of every rule."""
        shown = partial(self.call, "GET", "/api/rules/metrics")
        return truth.aggregates_agree(self.product.username, shown)

    def moves_beyond(self, market_ms: int) -> bool:
        """Whether live has committed a later minute."""
        return truth.market_ms() > market_ms


# --- killed ---------------------------------------------------------------------------------------


def kill(chaos: Chaos, names: list[str], times: int) -> list[Figure]:
    """SIGKILL each of the processes so many times, in a shuffled order, at seeded moments."""
    order = [name for _ in range(times) for name in chaos.draw.sample(names, len(names))]
    took: dict[str, list[float]] = {name: [] for name in names}
    for number, name in enumerate(order, 1):
        chaos.pause()
        took[name].append(_kill(chaos, name))
        print(f"  {number}/{len(order)} {name}: back in {took[name][-1]:.1f} s", flush=True)
    figures = []
    for name in names:
        median, worst = statistics.median(took[name]), max(took[name])
        note = f"killed {times} times, median {median:.1f} s"
        label = f"{name} back, worst"
        figures.append(Figure(chaos.group, label, round(worst, 1), "s", TARGETS[name], note=note))
    if chaos.agreed:
        worst = round(max(chaos.agreed), 1)
        figures.append(Figure(chaos.group, "Redis killed, aggregates agree", worst, "s", 10, AGREE))
    return figures


def _kill(chaos: Chaos, name: str) -> float:
    seen, token = truth.market_ms(), truth.lease_token()
    offset = _ring_head() if name == "redis" else None
    if name == "database":
        return _kill_database(chaos, seen)
    pid = _pid(chaos, name)
    if pid is None:
        raise RuntimeError(f"{name} does not run")
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)

    def restarted() -> bool:
        return _pid(chaos, name) not in (None, pid)

    chaos.wait(restarted, f"{name} starts again")
    if name == "web":
        chaos.wait(chaos.ready, "the web process is ready")
    elif name == "live":
        chaos.wait(lambda: truth.lease_token() > token and chaos.moves_beyond(seen), "live goes on")
    elif name == "worker":
        chaos.wait(lambda: _backtest_is_done(chaos), "a backtest ends")
    elif name == "beat":
        chaos.wait(_beat_sends, "beat sends")
    else:
        chaos.wait(lambda: _ring_head() > (offset or (0, 0)) and chaos.ready(), "the ring goes on")
    took = time.monotonic() - began
    if name == "redis":
        chaos.wait(chaos.aggregates_agree, "the aggregates agree")
        chaos.agreed.append(time.monotonic() - began)
    return took


def _pid(chaos: Chaos, name: str) -> int | None:
    """The process to kill. Of two live ones that is the one at work."""
    return truth.leader() if name == "live" else chaos.product.pid(name)


def _beat_sends() -> bool:
    """Wait until the broker is handed a task that beat alone sends."""
    broker: Any = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=LIMIT_SECONDS)
    with broker.monitor() as monitor:  # which has no types
        commands = (str(seen["command"]) for seen in monitor.listen())
        return any("LPUSH" in each and "delivery.relieve" in each for each in commands)


def _kill_database(chaos: Chaos, seen: int) -> float:
    postgres = chaos.product.postgres
    if postgres is None:
        raise RuntimeError("this product has no PostgreSQL")
    began = time.monotonic()
    postgres.kill()
    postgres.start()
    chaos.wait(lambda: chaos.moves_beyond(seen) and chaos.ready(), "live commits again")
    return time.monotonic() - began


def _ring_head() -> tuple[int, int]:
    head = redis.Redis.from_url(settings.REDIS_URL).hmget(ring.HEAD, "epoch", "offset")
    epoch, offset = (int(value or 0) for value in head)
    return epoch, offset


def _backtest_is_done(chaos: Chaos) -> bool:
    """Ask for a backtest that nobody has asked for yet; whether it ended in time."""
    first, _ = data_range("SPY", "1m") or (0, 0)
    params = {"lookback": 5 + next(chaos.numbers)}
    made = chaos.call(
        "POST",
        "/api/backtest/run?wait=20",
        symbol="SPY",
        timeframe="1m",
        start=first,
        end=first + 86_400_000,
        rules=[{"ruleId": "ltp_breakout", "params": params}],
    )
    return bool(made["status"] == "done")


# --- emptied, frozen, locked, full ---------------------------------------------------------------


def empty_redis(chaos: Chaos) -> list[Figure]:
    """FLUSHALL: scores and ring come back from the database."""
    _rest(chaos)
    chaos.wait(lambda: bool(chaos.call("POST", "/api/replay", action="pause")), "the market stops")
    before: dict[str, Any] = {}

    def settled() -> bool:
        last, before["rules"] = before.get("rules"), _scores(chaos)
        return bool(last == before["rules"] and truth.nothing_waits())

    chaos.wait(settled, "the market rests")
    began = time.monotonic()
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    chaos.wait(lambda: _scores(chaos) == before["rules"] and chaos.ready(), "scores are rebuilt")
    chaos.wait(chaos.aggregates_agree, "the aggregates agree")
    rebuilt = time.monotonic() - began
    chaos.wait(lambda: bool(chaos.call("POST", "/api/replay", action="resume")), "it goes on")
    seen = truth.market_ms()
    chaos.wait(lambda: chaos.moves_beyond(seen) and _ring_head()[1] > 0, "the market moves")
    chaos.witnesses.resting.clear()
    note = "scores, windows and gates as before; memory, Redis and database the same"
    return [Figure(chaos.group, "Redis emptied, rebuilt", round(rebuilt, 1), "s", 10, note)]


def _rest(chaos: Chaos) -> None:
    """The trader ends with the label that is on its way."""
    chaos.witnesses.resting.set()
    chaos.wait(lambda: chaos.witnesses.at_rest, "the trader rests")


def _scores(chaos: Chaos) -> list[dict[str, object]]:
    rows = chaos.call("GET", "/api/rules/metrics")
    return [{k: v for k, v in row.items() if k != "asOf"} for row in rows]


def freeze_leader(chaos: Chaos, directory: Path) -> list[Figure]:
    """SIGSTOP the live process that holds the lease: a second takes over, the first, woken before
    the supervisor ends it, is fenced."""
    log = directory / "second.log"
    with log.open("wb") as output:
        second = subprocess.Popen(
            [sys.executable, "manage.py", "run_live"],
            cwd=BASE_DIR,
            env=chaos.product.environment | {"LOG_LEVEL": "INFO"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        chaos.wait(lambda: "lease_awaited" in log.read_text(), "a second process waits")
        leader = _leader(chaos)
        size = chaos.product.log_size()
        _freeze(chaos, leader)
        began = time.monotonic()
        token, seen = truth.lease_token(), truth.market_ms()  # nobody moves them now
        taken = chaos.wait(lambda: truth.lease_token() > token, "the second takes the lease")
        chaos.wait(lambda: chaos.moves_beyond(seen), "the second goes on")
        moving = time.monotonic() - began
        os.kill(leader, signal.SIGCONT)
        chaos.wait(lambda: chaos.product.said_since(size, "lease_lost"), "the first is fenced off")
        chaos.pause()
    finally:
        second.kill()
        second.wait(10)
    seen = truth.market_ms()
    chaos.wait(lambda: chaos.moves_beyond(seen), "the first goes on")
    note = f"lease taken after {taken:.1f} s; the first, woken up, wrote nothing"
    return [Figure(chaos.group, "leader frozen, second at work", round(moving, 1), "s", 5, note)]


def freeze_writer(chaos: Chaos) -> list[Figure]:
    """SIGSTOP the live process in the middle of a write: it holds the lock of SQLite's file, and
    nobody can write, until the supervisor ends it."""
    leader = _leader(chaos)
    size = chaos.product.log_size()
    _freeze(chaos, leader, writing=True)
    began = time.monotonic()
    seen = truth.market_ms()
    chaos.wait(lambda: chaos.product.said_since(size, str(leader), "killed"), "it is killed")
    chaos.wait(lambda: chaos.moves_beyond(seen) and chaos.ready(), "another goes on")
    took = time.monotonic() - began
    note = "10 s until it is taken for frozen, then as after a kill"
    return [Figure(chaos.group, "frozen in a write, live back", round(took, 1), "s", 15, note)]


def _leader(chaos: Chaos) -> int:
    chaos.wait(lambda: truth.leader() is not None, "a live process leads")
    return truth.leader() or 0


def _freeze(chaos: Chaos, pid: int, *, writing: bool = False) -> None:
    """SIGSTOP between two writes, or in the middle of one."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        if _is_locked() == writing:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(chaos.draw.uniform(0.0, 0.05))  # another moment


def _is_locked() -> bool:
    """Whether somebody keeps the write lock of SQLite's file: longer than any write of ours."""
    path = settings.DATABASES["default"]["NAME"]
    with contextlib.closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        other.execute("ROLLBACK")
        return False


def lock_database(chaos: Chaos, seconds: float) -> list[Figure]:
    """Another process holds SQLite's write lock."""
    refused = Counter(chaos.witnesses.refusals)
    path = settings.DATABASES["default"]["NAME"]
    with contextlib.closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        seen = truth.market_ms()
        time.sleep(seconds)  # how long it is locked is what is tried
        other.execute("ROLLBACK")
    return _after(chaos, f"database locked {seconds:g} s", seen, refused, target=5)


def fill_disk(chaos: Chaos, seconds: float) -> list[Figure]:
    """Nothing more fits onto the disk of DATA_DIR; then there is room again."""
    refused = Counter(chaos.witnesses.refusals)
    filler = chaos.product.app.data_dir / "filler"
    with filler.open("wb", buffering=0) as file:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                file.write(bytes(65_536))
            except OSError:  # full, which is what we want
                time.sleep(0.05)
    seen = truth.market_ms()
    filler.unlink()
    return _after(chaos, f"disk full {seconds:g} s", seen, refused, target=15)


def _after(
    chaos: Chaos, what: str, seen: int, refused: Counter[int], *, target: float
) -> list[Figure]:
    """How soon it works again, and how requests were refused meanwhile."""
    labels = len(chaos.witnesses.labels)
    back = chaos.wait(lambda: chaos.moves_beyond(seen) and chaos.ready(), "live commits again")
    chaos.wait(lambda: len(chaos.witnesses.labels) > labels, "a label is taken")
    answered = Counter(chaos.witnesses.refusals) - refused
    note = ", ".join(f"{count} × {status}" for status, count in sorted(answered.items()) if status)
    errors = sum(count for status, count in answered.items() if status >= 500 and status != 503)
    return [
        Figure(chaos.group, f"{what}, works again", round(back, 1), "s", target),
        Figure(
            chaos.group,
            f"{what}, answers that were 5xx but not 503",
            errors,
            "",
            0,
            f"refused meanwhile: {note or 'nothing'}",
        ),
    ]


# --- the end --------------------------------------------------------------------------------------


def settle(chaos: Chaos) -> list[Figure]:
    """Stop the market, let everything arrive, and compare with the database."""
    _rest(chaos)
    chaos.wait(lambda: bool(chaos.call("POST", "/api/replay", action="pause")), "the market stops")
    chaos.wait(truth.is_still, "what came before is committed")
    chaos.wait(truth.nothing_waits, "everything is announced")
    began = time.monotonic()
    chaos.wait(lambda: chaos.witnesses.screens_show(truth.last_n()), "every screen is whole")
    whole = time.monotonic() - began
    figures = [Figure(chaos.group, "last screen whole after", round(whole, 1), "s")]
    for tally in truth.everything(chaos.witnesses):
        note = f"of {tally.count:,}" + "".join(f"; {each}" for each in tally.examples)
        figures.append(Figure(chaos.group, f"{tally.name} lost", tally.lost, "", 0, note))
        figures.append(Figure(chaos.group, f"{tally.name} twice", tally.twice, "", 0))
    return figures
