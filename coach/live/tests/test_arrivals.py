"""Batches that came while the taker was busy are taken together; a free run is not read ahead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

import pytest

from coach.live import arrivals
from coach.live.arrivals import Arrivals
from coach.market.clock import ClockState, MarketClock
from coach.market.feed import FeedBatch


class HandFed:
    """A feed that gives what a test puts in; None ends it, an error is raised."""

    name = "replay"
    symbols = ("SPY",)

    def __init__(self, *, speed: float) -> None:
        self.clock = MarketClock(ClockState("replay", 0.0, 0, speed=speed))
        self.queue: asyncio.Queue[int | Exception | None] = asyncio.Queue()
        self.given = 0

    @property
    def health(self) -> None:
        """There is no vendor."""

    async def prepare(self) -> None:
        """Nothing is missing."""

    async def batches(self, resume_after: Mapping[str, int]) -> AsyncGenerator[FeedBatch]:
        while (item := await self.queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            self.given += 1
            yield FeedBatch(item)


async def idle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def put(feed: HandFed, *items: int | Exception | None) -> None:
    for item in items:
        feed.queue.put_nowait(item)


async def test_what_came_meanwhile_comes_together_and_nothing_is_lost() -> None:
    feed = HandFed(speed=1)
    put(feed, 1)
    seen: list[list[int]] = []
    async for group in Arrivals(feed).groups({}):
        seen.append([batch.market_ms for batch in group])
        if len(seen) == 1:
            put(feed, 2, 3, 4, None)
            await idle()
    assert seen == [[1], [2, 3, 4]]


async def test_a_free_run_waits_for_its_taker() -> None:
    feed = HandFed(speed=0)
    put(feed, 1, 2, 3, None)
    seen: list[int] = []
    async for group in Arrivals(feed).groups({}):
        await idle()
        assert feed.given == len(seen) + 1
        seen += [batch.market_ms for batch in group]
    assert seen == [1, 2, 3]


async def test_reading_ahead_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_WAITING", 3)
    feed = HandFed(speed=1)
    put(feed, *range(10), None)
    seen: list[int] = []
    async for group in Arrivals(feed).groups({}):
        assert len(group) <= 3
        seen += [batch.market_ms for batch in group]
        await idle()
        assert feed.given <= len(seen) + 3
    assert seen == list(range(10))


async def test_an_error_of_the_feed_comes_after_what_it_gave() -> None:
    feed = HandFed(speed=1)
    put(feed, 1, 2, ValueError("the vendor hung up"))
    seen: list[int] = []

    async def take_all() -> None:
        async for group in Arrivals(feed).groups({}):
            seen.extend(batch.market_ms for batch in group)

    with pytest.raises(ValueError, match="hung up"):
        await take_all()
    assert seen == [1, 2]
