"""Feeds as the product builds them: replay and synthetic, the kept clock, history, resumption."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections

from coach.market.calendars import date_of
from coach.market.clock import ClockState
from coach.market.columns import aggregate
from coach.market.feed import Feed, FeedBatch
from coach.market.models import Clock
from coach.market.reading import read_columns
from coach.market.selectors import (
    CLOCK_KEY,
    clock_state,
    gaps,
    last_received,
    load_bars,
    market_now,
)
from coach.market.services import (
    append_received,
    build_feed,
    make_synthetic_history,
    record_gaps,
    upsert_bars,
)
from coach.market.sources.synthetic import DEMO_SYMBOLS
from coach.market.tests.factories import MINUTE, FakeWall, InstrumentFactory, minute_bars, ms

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = ms("2024-07-02T13:30")
START = ms("2025-09-15T13:30")


@pytest.fixture(autouse=True)
async def _close_connections() -> AsyncIterator[None]:
    """Those of the thread that asynchronous code talks to the database from."""
    yield
    await sync_to_async(connections.close_all)()


async def play(
    feed: Feed, *, resume: dict[str, int] | None = None, minutes: int
) -> list[FeedBatch]:
    """Take batches for so many market minutes, keeping what a live process keeps."""
    taken: list[FeedBatch] = []
    async for batch in feed.batches(resume or {}):
        taken.append(batch)
        await sync_to_async(append_received)(batch.bars, source=feed.name)
        await sync_to_async(record_gaps)(batch.gaps)
        if batch.market_ms % MINUTE == 0:
            minutes -= 1
        if minutes == 0:
            break
    return taken


def fill_cache() -> None:
    InstrumentFactory.create(symbol="SPY")
    seconds = minute_bars(OPEN, 600, step=1000)
    upsert_bars(symbol="SPY", timeframe="1s", bars=seconds)
    upsert_bars(symbol="SPY", timeframe="1m", bars=aggregate(seconds, MINUTE))
    later = minute_bars(OPEN + 20 * MINUTE, 10)
    upsert_bars(symbol="SPY", timeframe="1m", bars=later)


async def test_replay_plays_the_cache_with_its_microbars_and_ends_with_it() -> None:
    await sync_to_async(fill_cache)()
    wall = FakeWall()
    feed = await sync_to_async(build_feed)(source="replay", symbols=["SPY"], speed=10, wall=wall)
    batches = [batch async for batch in feed.batches({})]
    bars = [bar for batch in batches for bar in batch.bars]
    held = await sync_to_async(read_columns)("SPY", "1m", OPEN, OPEN + 100 * MINUTE)
    assert [bar.ts for bar in bars if bar.timeframe == "1m"] == held.ts.tolist()
    assert [bar.close for bar in bars if bar.timeframe == "1m"] == held.close.tolist()
    assert len([bar for bar in bars if bar.timeframe == "1s"]) == 600
    assert batches[-1].market_ms == OPEN + 30 * MINUTE
    assert wall.now_ms() - 1_000_000 == pytest.approx(30 * 6_000)


async def test_replay_needs_bars() -> None:
    with pytest.raises(ValueError, match="no minute bars to replay for any symbol"):
        await sync_to_async(build_feed)(source="replay", speed=1)
    with pytest.raises(ValueError, match="no minute bars to replay for TSLA"):
        await sync_to_async(build_feed)(source="replay", symbols=["TSLA"], speed=1)
    with pytest.raises(ValueError, match="'tape' is not one of synthetic, replay"):
        await sync_to_async(build_feed)(source="tape")


async def test_a_killed_live_process_resumes_where_it_committed() -> None:
    build = sync_to_async(build_feed)
    first = await build(source="synthetic", seed=5, speed=50, wall=FakeWall())
    await play(first, minutes=7)
    resume = await sync_to_async(last_received)("synthetic", DEMO_SYMBOLS)
    assert set(resume.values()) == {START + 6 * MINUTE}
    again = await build(source="synthetic", seed=5, speed=50, wall=FakeWall(9e6))
    await play(again, resume=resume, minutes=5)

    whole = await build(source="synthetic", seed=5, speed=0, wall=FakeWall())
    expected = {
        (bar.symbol, bar.ts, bar.close, bar.volume, bar.vwap)
        for batch in await _take(whole, 12)
        for bar in batch.bars
    }
    held = {
        (symbol, *row)
        for symbol in DEMO_SYMBOLS
        for bars in [await sync_to_async(load_bars)(symbol, "1m", START, START + 30 * MINUTE)]
        for row in zip(
            bars.ts.tolist(), bars.close.tolist(), bars.volume.tolist(), bars.vwap.tolist(),
            strict=True,
        )
    }  # fmt: skip
    assert held == expected


async def test_market_now_is_where_the_feed_is_and_survives_an_empty_redis() -> None:
    before = datetime.now(UTC)
    assert await sync_to_async(market_now)() >= before  # nothing ever ran: the wall clock
    feed = await sync_to_async(build_feed)(source="synthetic", speed=10, wall=FakeWall())
    await play(feed, minutes=2)
    expected = datetime.fromtimestamp((START + 2 * MINUTE) / 1000, UTC)
    assert await sync_to_async(market_now)() == expected
    await sync_to_async(cache.delete)(CLOCK_KEY)
    behind = expected - await sync_to_async(market_now)()
    assert 0 <= behind.total_seconds() <= 11  # the database has it to a wall second


async def test_commands_outlive_a_restart_but_not_another_configuration() -> None:
    build = sync_to_async(build_feed)
    feed = await build(source="synthetic", speed=10, wall=FakeWall())
    feed.clock.set_speed(120)
    await play(feed, minutes=1)
    assert (await sync_to_async(Clock.objects.get)()).speed == 120
    assert (await build(source="synthetic", speed=10, wall=FakeWall())).clock.state.speed == 120
    assert (await build(source="synthetic", speed=30, wall=FakeWall())).clock.state.speed == 30


async def test_a_realtime_source_lives_on_the_wall() -> None:
    state = ClockState("polygon", 0, 0, 1, realtime=True, market_ms=5)
    await sync_to_async(cache.set)(CLOCK_KEY, state, timeout=None)
    assert await sync_to_async(clock_state)() == state
    assert (datetime.now(UTC) - await sync_to_async(market_now)()).total_seconds() < 60


def test_history_is_what_the_feed_would_have_given() -> None:
    added = make_synthetic_history(symbols=["SPY", "AMD"], seed=5, sessions=4)
    assert added > 2 * 3 * 380
    assert make_synthetic_history(symbols=["SPY", "AMD"], seed=5, sessions=4) == 0
    held = load_bars("AMD", "1m", START - 30 * 86_400_000, START + 1)
    days = [date_of(day) for day in sorted(set(held.session_day.tolist()))]
    assert days == [date(2025, 9, day) for day in (9, 10, 11, 12)]
    assert int(held.ts[-1]) < START


def test_gaps_of_the_synthetic_feed_are_told_apart_from_quiet_minutes() -> None:
    make_synthetic_history(symbols=["AMD"], seed=5, sessions=60)
    start, end = START - 100 * 86_400_000, START
    reasons = {gap.reason for gap in gaps("AMD", "1m", start, end)}
    assert reasons == {"quiet", "feed_gap", "session_break"}


async def _take(feed: Feed, count: int) -> list[FeedBatch]:
    batches = feed.batches({})
    return [await anext(batches) for _ in range(count)]
