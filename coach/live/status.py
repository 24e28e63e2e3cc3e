"""How the live processes are, for readiness, the replay controls and the operator."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import redis
import structlog

from coach.live.relay import client
from coach.market.calendars import is_open
from coach.market.clock import ClockState
from coach.market.feed import FeedBatch, FeedHealth

log = structlog.get_logger(__name__)

KEY = "coach:live:shard:"
SHARDS = "coach:live:shards"
SPOKEN_SECONDS = 10
"""A live process says how it is once a second; one that has not for so long is gone."""
REMEMBERED_SECONDS = 7 * 86_400
"""A shard that is gone is missed for so long: nobody evaluates its symbols."""
SILENT_MS = 10_000
"""In session a live feed older than this is red on the trader's screen, and not ready here."""
NOBODY = f"no live process has spoken for {SPOKEN_SECONDS} s"


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
    """How a shard's process was when it last said so, at `at_ms` by the wall clock.

    `feed_age_ms`: wall time from its newest bar or the feed's last sign of life (a quiet market is
    not a dead feed) to then, None before the first; what the database has not taken yet does not
    count. `calendars`: of its symbols; `trouble`: why the vendor is not connected.
    """

    shard: str
    source: str
    market_ms: int
    feed_age_ms: float | None
    calendars: Sequence[str]
    realtime: bool
    paused: bool
    at_ms: float
    trouble: str | None = None
    reconnects: int = 0

    @property
    def parts(self) -> str:
        """Into how many shards the symbols are divided."""
        return self.shard.partition("/")[2]

    def is_gone(self, now_ms: float) -> bool:
        """Whether its process no longer speaks."""
        return now_ms - self.at_ms > SPOKEN_SECONDS * 1000

    def is_due(self, market_ms: int) -> bool:
        """Whether bars are due: one of its calendars is open."""
        return any(is_open(calendar, market_ms) for calendar in self.calendars)

    def age_ms(self, now_ms: float) -> float | None:
        """Since the feed's last sign of life up to now. Of a process that is gone and had heard
        none, since its last word."""
        if self.feed_age_ms is None and not self.is_gone(now_ms):
            return None
        return (self.feed_age_ms or 0.0) + max(0.0, now_ms - self.at_ms)

    def wrong(self, now_ms: float) -> str | None:
        """What is wrong with it, in words."""
        if self.is_gone(now_ms):
            return f"shard {self.shard} has not spoken for {SPOKEN_SECONDS} s"
        return self.trouble


def publish(
    progress: Progress, clock: ClockState, health: FeedHealth | None, *, now_ms: float
) -> None:
    """Say how we are, at `now_ms` by the wall clock."""
    data = {
        "shard": progress.shard,
        "source": progress.source,
        "market_ms": clock.market_ms,
        "feed_age_ms": _feed_age(progress, health, now_ms),
        "calendars": sorted(progress.calendars),
        "realtime": clock.realtime,
        "paused": clock.paused,
        "at_ms": now_ms,
        "trouble": None if health is None or health.connected else health.reason,
        "reconnects": 0 if health is None else health.reconnects,
    }
    try:
        client().sadd(SHARDS, progress.shard)
        client().set(KEY + progress.shard, orjson.dumps(data), ex=REMEMBERED_SECONDS)
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


def check_live() -> str | None:
    """Readiness: every live process works, and bars come while its market is open."""
    now = time.time() * 1000
    statuses = live_statuses()
    if all(status.is_gone(now) for status in statuses):
        return NOBODY
    for status in statuses:
        if status.is_gone(now):
            return status.wrong(now)
        due = status.realtime and status.is_due(int(now))
        if due and (status.feed_age_ms is None or status.feed_age_ms > SILENT_MS):
            age = "no bar yet" if status.feed_age_ms is None else _seconds(status.feed_age_ms)
            why = "silent" if status.trouble is None else f"down: {status.trouble}"
            return f"shard {status.shard}: the feed of {status.source} is {why} ({age})"
    return None


def read_feed_ages() -> dict[str, float]:
    """For a scrape: as `feed_sign`, but of each shard.

    Raises:
        redis.RedisError: Redis is away.
    """
    now = time.time() * 1000
    ages = {status.shard: status.age_ms(now) for status in _due(live_statuses(), now)}
    return {shard: age for shard, age in ages.items() if age is not None}


def read_leases() -> float:
    """For a scrape: how many shards have a process that speaks.

    Raises:
        redis.RedisError: Redis is away.
    """
    now = time.time() * 1000
    return float(sum(not status.is_gone(now) for status in live_statuses()))


def _seconds(ms: float) -> str:
    return f"last bar {ms / 1000:.0f} s ago"


def live_statuses() -> list[LiveStatus]:
    """What each shard's process last said, by shard, also of those that are gone; of a division of
    the symbols that another has replaced, nothing.

    Raises:
        redis.RedisError: Redis is away.
    """
    shards: Any = client().smembers(SHARDS)
    if not shards:
        return []
    found: Any = client().mget([KEY + shard.decode() for shard in sorted(shards)])
    statuses = [LiveStatus(**orjson.loads(data)) for data in found if data is not None]
    parts = _newest(statuses).parts if statuses else ""
    return [status for status in statuses if status.parts == parts]


def _newest(statuses: Sequence[LiveStatus]) -> LiveStatus:
    return max(statuses, key=lambda status: status.at_ms)


def _due(statuses: Sequence[LiveStatus], now_ms: float) -> list[LiveStatus]:
    """Those of which bars are due, by the market's time: where one stopped, others went on."""
    if not statuses:
        return []
    newest = _newest(statuses)
    market_ms = int(now_ms) if newest.realtime else newest.market_ms
    return [status for status in statuses if status.is_due(market_ms)]


@dataclass(frozen=True, slots=True)
class FeedSign:
    """How old the feed's last sign of life is, in ms, and what is wrong with it, in words.

    Both None while no market of it is open; `age_ms` None also where nobody knows.
    """

    age_ms: float | None = None
    trouble: str | None = None


def feed_sign() -> FeedSign:
    """The worst of the shards whose market is open, those included whose process is gone."""
    try:
        statuses = live_statuses()
    except redis.RedisError as error:
        log.warning("status_not_read", error=str(error))
        return FeedSign(trouble="the live process cannot be asked")
    now = time.time() * 1000
    due = _due(statuses, now)
    ages = [each.age_ms(now) for each in due]
    known = [] if None in ages else [age for age in ages if age is not None]
    if all(each.is_gone(now) for each in statuses):
        trouble: str | None = NOBODY
    else:
        trouble = next((wrong for each in due if (wrong := each.wrong(now))), None)
    return FeedSign(max(known, default=None), trouble)
