"""The vendor's feed on a clock that the test sets, against a local server, for tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from coach.market.clock import ClockState, MarketClock
from coach.market.feed import FeedBar, FeedBatch
from coach.market.sources.access import Access
from coach.market.sources.polygon import PolygonRest
from coach.market.sources.polygon_feed import Listed, Patterns, PolygonFeed
from coach.market.sources.polygon_stream import Tempo
from coach.market.tests.factories import MINUTE, ms
from coach.market.tests.vendored import LeapingTime
from observability import metrics
from tests.vendor.rest import KEY, RestServer
from tests.vendor.stream import StreamServer, event

OPEN = ms("2025-06-09T13:30")
START = ms("2025-06-09T14:30:20")
DAY = 24 * 60 * MINUTE
SPY = Listed("SPY", "SPY", "XNYS")
BTC = Listed("X:BTCUSD", "X:BTCUSD", "24/7")
HASTY = Tempo(ping=0.05, pong=5.0, first_pause=0.01, longest_pause=0.05, refused_pause=0.05)
SOON = Patterns(seam=1_000, grace=3_000, silence=DAY, retry=60_000, tick=10, tempo=HASTY)
"""The tests' clock jumps by hours: only where that is the subject is it taken for a silence."""
WATCHFUL = replace(SOON, silence=90_000)


@dataclass
class SetWall:
    """A wall clock that the test sets."""

    time: float = float(START)

    def now_ms(self) -> float:
        return self.time

    async def wait(self, changed: asyncio.Event, seconds: float | None) -> None:
        raise AssertionError("a realtime clock waits for nothing")


@dataclass
class Vendor:
    rest: RestServer
    stream: StreamServer
    wall: SetWall
    rows: list[dict[str, Any]]

    def row(self, minute: int) -> dict[str, Any]:
        """The bar of a minute after the open."""
        return dict(self.rows[minute])

    def say(self, *minutes: int) -> None:
        self.stream.say(*(event(self.row(each), "SPY") for each in minutes))

    def at(self, minute: int, seconds: float = 2.0) -> None:
        """Set the clock to so long after a minute's close."""
        self.wall.time = OPEN + (minute + 1) * MINUTE + seconds * 1000


def make_feed(
    vendor: Vendor, *listed: Listed, patterns: Patterns = SOON, **changes: Any
) -> PolygonFeed:
    state = ClockState("polygon", vendor.wall.time, int(vendor.wall.time), 1.0, realtime=True)
    hasty = LeapingTime().patience(budget=60, timeout=20)
    return PolygonFeed(
        listed or (SPY,),
        access=Access(KEY, vendor.rest.url, vendor.stream.url),
        history=PolygonRest(KEY, vendor.rest.url),
        refill=PolygonRest(KEY, vendor.rest.url, patience=hasty),
        clock=MarketClock(state, wall=vendor.wall),
        patterns=patterns,
        **changes,
    )


@dataclass
class Playing:
    """A feed that plays; `batches` is what it has given."""

    feed: PolygonFeed
    batches: list[FeedBatch] = field(default_factory=list)

    @property
    def bars(self) -> list[FeedBar]:
        return [bar for batch in self.batches for bar in batch.bars if bar.timeframe == "1m"]

    @property
    def minutes(self) -> list[int]:
        """Minutes after the open, as given."""
        return [(bar.ts - OPEN) // MINUTE for bar in self.bars]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110  many conditions, in two threads
                await asyncio.sleep(0.005)  # between two looks

    async def has(self, *minutes: int) -> None:
        wanted = list(minutes)
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: self.minutes == wanted)
        assert self.minutes == wanted


@contextlib.asynccontextmanager
async def playing(
    feed: PolygonFeed, vendor: Vendor, after: Mapping[str, int] | None = None
) -> AsyncIterator[Playing]:
    """Play until the block ends; it begins when the feed has joined."""
    play = Playing(feed)
    joins = vendor.stream.joins

    async def consume() -> None:
        async with contextlib.aclosing(feed.batches(after or {"SPY": last(59)})) as batches:
            async for batch in batches:
                play.batches.append(batch)

    task = asyncio.create_task(consume())
    try:
        if not vendor.stream.refuse and vendor.stream.answer is None:
            await play.until(lambda: vendor.stream.joins > joins and feed.health.connected)
        yield play
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def last(minute: int) -> int:
    return OPEN + minute * MINUTE


def counted(reason: str) -> float:
    return float(metrics.feed_errors_total.labels(reason)._value.get())
