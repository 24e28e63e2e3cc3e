"""How the live processes are, for readiness, the replay controls and the operator."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import orjson
import redis
import structlog

from coach.live.relay import client
from coach.market.calendars import is_open
from coach.market.clock import ClockState
from coach.market.feed import FeedBatch, FeedHealth
from observability import metrics

log = structlog.get_logger(__name__)

KEY = "coach:live:status:"
SHARDS = "coach:live:shards"
KEPT_SECONDS = 10
SILENT_MS = 10_000
"""In session a live feed older than this is red on the trader's screen, and not ready here."""


@dataclass(slots=True)
class Progress:
    """What a live process has done since it took its shard. `writing_ms`: since when (epoch ms) the
    database has not taken what came; None while nothing waits."""

    shard: str
    source: str = ""
    calendars: frozenset[str] = frozenset()
    batches: int = 0
    bars: int = 0
    signals: int = 0
    delivered: int = 0
    received_ms: float | None = None
    writing_ms: float | None = None

    def batch(self, batch: FeedBatch) -> None:
        """Count a batch."""
        self.batches += 1
        if batch.bars:
            self.bars += len(batch.bars)
            self.received_ms = max(bar.received_ms for bar in batch.bars)

    def counts(self) -> dict[str, int]:
        """The counts, for a log line."""
        return {
            "batches": self.batches,
            "bars": self.bars,
            "signals": self.signals,
            "delivered": self.delivered,
        }


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """How a shard's process was when it last said so: at most `KEPT_SECONDS` ago.

    `feed_age_ms`: wall time since its newest bar or the feed's last sign of life (a quiet market is
    not a dead feed), None before the first; what the database has not taken yet does not count.
    `in_session`: one of its calendars is open, so that bars are due; `trouble`: why the vendor is
    not connected.
    """

    shard: str
    source: str
    market_ms: int
    feed_age_ms: float | None
    in_session: bool
    realtime: bool
    paused: bool
    at_ms: float
    trouble: str | None = None
    reconnects: int = 0


def publish(progress: Progress, clock: ClockState, health: FeedHealth | None = None) -> None:
    """Say how we are."""
    now = time.time() * 1000
    age = _feed_age(progress, health, now)
    if age is not None:
        metrics.feed_age_ms.set(age)
    metrics.live_leases.set(1)
    data = {
        "shard": progress.shard,
        "source": progress.source,
        "market_ms": clock.market_ms,
        "feed_age_ms": age,
        "in_session": any(_is_open(calendar, clock) for calendar in progress.calendars),
        "realtime": clock.realtime,
        "paused": clock.paused,
        "at_ms": now,
        "trouble": None if health is None or health.connected else health.reason,
        "reconnects": 0 if health is None else health.reconnects,
    }
    try:
        client().sadd(SHARDS, progress.shard)
        client().set(KEY + progress.shard, orjson.dumps(data), ex=KEPT_SECONDS)
    except redis.RedisError as error:
        log.warning("status_not_published", error=str(error))


def _feed_age(progress: Progress, health: FeedHealth | None, now: float) -> float | None:
    signs = [progress.received_ms, None if health is None else health.heard_ms]
    heard = max((each for each in signs if each is not None), default=None)
    if heard is None:
        return None
    if progress.writing_ms is not None:
        heard = min(heard, progress.writing_ms)
    return max(0.0, now - heard)


def _is_open(calendar: str, clock: ClockState) -> bool:
    now = time.time() * 1000 if clock.realtime else clock.market_ms
    return is_open(calendar, int(now))


def check_live() -> str | None:
    """Readiness: a live process works, and bars come while its market is open."""
    statuses = live_statuses()
    if not statuses:
        return f"no live process has spoken for {KEPT_SECONDS} s"
    for status in statuses:
        due = status.in_session and status.realtime
        if due and (status.feed_age_ms is None or status.feed_age_ms > SILENT_MS):
            age = "no bar yet" if status.feed_age_ms is None else _seconds(status.feed_age_ms)
            why = "silent" if status.trouble is None else f"down: {status.trouble}"
            return f"shard {status.shard}: the feed of {status.source} is {why} ({age})"
    return None


def _seconds(ms: float) -> str:
    return f"last bar {ms / 1000:.0f} s ago"


def live_statuses() -> list[LiveStatus]:
    """The live processes that have said how they are, by shard.

    Raises:
        redis.RedisError: Redis is away.
    """
    shards: Any = client().smembers(SHARDS)
    if not shards:
        return []
    found: Any = client().mget([KEY + shard.decode() for shard in sorted(shards)])
    return [LiveStatus(**orjson.loads(data)) for data in found if data is not None]


@dataclass(frozen=True, slots=True)
class FeedSign:
    """How old the feed's last sign of life is, in ms, and what is wrong with it, in words.

    Both None while no market of it is open; `age_ms` None also where nobody knows.
    """

    age_ms: float | None = None
    trouble: str | None = None


def feed_sign() -> FeedSign:
    """The worst of the live processes whose market is open."""
    try:
        statuses = live_statuses()
    except redis.RedisError as error:
        log.warning("status_not_read", error=str(error))
        return FeedSign(trouble="the live process cannot be asked")
    if not statuses:
        return FeedSign(trouble=f"no live process has spoken for {KEPT_SECONDS} s")
    due = [each for each in statuses if each.in_session]
    trouble = next((each.trouble for each in due if each.trouble), None)
    since = time.time() * 1000
    ages = [
        each.feed_age_ms + max(0.0, since - each.at_ms)
        for each in due
        if each.feed_age_ms is not None
    ]
    known = ages if len(ages) == len(due) else []
    return FeedSign(max(known, default=None), trouble)
