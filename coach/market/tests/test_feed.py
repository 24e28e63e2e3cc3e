"""Feeds paced by the market clock: order, pace, commands, resumption. The wall is a fake one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import pytest

from coach.market.calendars import DAY_MS, Session, session_on, sessions_between
from coach.market.clock import ClockError, ClockState, MarketClock
from coach.market.columns import BarColumns
from coach.market.feed import FeedBatch
from coach.market.sources.paced import PacedFeed, Tape
from coach.market.sources.synthetic import SyntheticLibrary, make_session
from coach.market.tests.factories import MINUTE, FakeWall, ms

FRIDAY_OPEN = ms("2024-06-28T13:30")
FRIDAY_CLOSE = ms("2024-06-28T20:00")
MONDAY_OPEN = ms("2024-07-01T13:30")
EQUITIES = {"SPY": "XNYS", "AMD": "XNYS"}


def feed_of(
    *,
    speed: float,
    calendars: Mapping[str, str] = EQUITIES,
    start: int = FRIDAY_OPEN,
    end: int | None = None,
    wall: FakeWall | None = None,
) -> PacedFeed:
    library = SyntheticLibrary(seed=7, calendars=calendars, start_ms=start)
    library.end_ms = end
    wall = wall or FakeWall()
    state = ClockState("synthetic", wall.now_ms(), start, speed, market_ms=start)
    return PacedFeed(library, MarketClock(state, wall=wall))


async def take(batches: AsyncIterator[FeedBatch], count: int) -> list[FeedBatch]:
    return [await anext(batches) for _ in range(count)]


async def until(batches: AsyncIterator[FeedBatch], market_ms: int) -> list[FeedBatch]:
    taken = []
    async for batch in batches:
        taken.append(batch)
        if batch.market_ms >= market_ms:
            return taken
    return taken


def minutes(batches: Sequence[FeedBatch]) -> list[tuple[str, int, float, float]]:
    return [
        (bar.symbol, bar.ts, bar.close, bar.volume)
        for batch in batches
        for bar in batch.bars
        if bar.timeframe == "1m"
    ]


async def test_a_batch_is_one_moment_in_order_of_close() -> None:
    feed = feed_of(speed=10)
    batches = await until(feed.batches({}), FRIDAY_OPEN + 5 * MINUTE)
    last = FRIDAY_OPEN
    for batch in batches:
        assert batch.market_ms > last
        assert batch.market_ms <= (last // MINUTE + 1) * MINUTE
        closes = [bar.ts + (1000 if bar.timeframe == "1s" else MINUTE) for bar in batch.bars]
        assert closes == sorted(closes)
        for bar in batch.bars:
            assert bar.timeframe == "1s" or bar.ts + MINUTE == batch.market_ms
        last = batch.market_ms
    assert {bar.timeframe for bar in batches[-1].bars} == {"1s", "1m"}
    assert batches[-1].bars[-1].timeframe == "1m"


class MinutesAlone(SyntheticLibrary):
    """Sessions without seconds: a bar a minute, and nothing between."""

    def load(self, symbol: str, session: Session) -> Tape:
        return Tape(minutes=super().load(symbol, session).minutes, seconds=BarColumns.empty())


async def test_every_step_of_the_clock_is_a_sign_of_life_also_one_without_trades() -> None:
    wall = FakeWall()
    library = MinutesAlone(seed=7, calendars={"SPY": "XNYS"}, start_ms=FRIDAY_OPEN)
    state = ClockState("synthetic", wall.now_ms(), FRIDAY_OPEN, 1, market_ms=FRIDAY_OPEN)
    heard: list[float] = []

    class Notes(MarketClock):
        async def arrive(self, market_ms: int) -> None:
            sign = feed.health.heard_ms
            assert sign is not None
            heard.append(sign)
            await super().arrive(market_ms)

    feed = PacedFeed(library, Notes(state, wall=wall))
    batches = await until(feed.batches({}), FRIDAY_OPEN + 2 * MINUTE)
    assert [len(batch.bars) for batch in batches] == [1, 1]
    assert len(heard) == 120
    assert max(b - a for a, b in pairwise(heard)) <= 1_001


async def test_at_speed_10_a_market_minute_takes_six_wall_seconds() -> None:
    wall = FakeWall()
    feed = feed_of(speed=10, wall=wall)
    start = wall.now_ms()
    batches = await until(feed.batches({}), FRIDAY_OPEN + 3 * MINUTE)
    assert wall.now_ms() - start == pytest.approx(18_000)
    assert len(batches) <= 180  # one a market second: ten a wall second
    assert max(wall.waits) <= 0.1 + 1e-6
    assert all(bar.received_ms <= wall.now_ms() for batch in batches for bar in batch.bars)


async def test_at_high_speed_wake_ups_stay_few_and_seconds_are_merged() -> None:
    wall = FakeWall()
    feed = feed_of(speed=200, wall=wall)
    start = wall.now_ms()
    batches = await until(feed.batches({}), FRIDAY_OPEN + 10 * MINUTE)
    assert len(batches) <= 20 * (wall.now_ms() - start) / 1000 + 10
    whole = make_session(seed=7, symbol="SPY", calendar="XNYS", session=_friday())
    merged = [
        bar for b in batches for bar in b.bars if (bar.symbol, bar.timeframe) == ("SPY", "1s")
    ]
    exact = whole.seconds.between(FRIDAY_OPEN, FRIDAY_OPEN + 10 * MINUTE)
    assert len(merged) < len(exact) / 5
    assert sum(bar.volume for bar in merged) == pytest.approx(float(exact.volume.sum()))
    assert max(bar.high for bar in merged) == float(exact.high.max())


async def test_closed_hours_are_skipped_and_the_clock_reaches_the_close() -> None:
    wall = FakeWall()
    feed = feed_of(speed=60, start=FRIDAY_CLOSE - 2 * MINUTE, wall=wall)
    before = wall.now_ms()
    batches = await until(feed.batches({}), MONDAY_OPEN + MINUTE)
    assert FRIDAY_CLOSE in {batch.market_ms for batch in batches}
    assert not [b for b in batches if FRIDAY_CLOSE < b.market_ms <= MONDAY_OPEN]
    assert wall.now_ms() - before == pytest.approx(3_000, abs=100)
    assert feed.clock.state.market_ms == MONDAY_OPEN + MINUTE


async def test_free_run_gives_every_minute_in_order_without_waiting() -> None:
    wall = FakeWall()
    feed = feed_of(speed=0, end=FRIDAY_CLOSE, wall=wall)
    batches = [batch async for batch in feed.batches({})]
    assert wall.waits == []
    assert [b.market_ms for b in batches] == list(
        range(FRIDAY_OPEN + MINUTE, FRIDAY_CLOSE + 1, MINUTE)
    )
    assert {bar.timeframe for batch in batches for bar in batch.bars} == {"1m"}
    paced = feed_of(speed=500, end=FRIDAY_CLOSE)
    assert minutes([b async for b in paced.batches({})]) == minutes(batches)


async def test_resumes_after_the_last_committed_minute_of_each_symbol() -> None:
    whole = await until(feed_of(speed=0).batches({}), FRIDAY_OPEN + 60 * MINUTE)
    after = {"SPY": FRIDAY_OPEN + 20 * MINUTE, "AMD": FRIDAY_OPEN + 18 * MINUTE}
    rest = await until(feed_of(speed=0).batches(after), FRIDAY_OPEN + 60 * MINUTE)
    assert rest[0].market_ms == FRIDAY_OPEN + 20 * MINUTE
    assert minutes(rest) == [each for each in minutes(whole) if each[1] > after[each[0]]]


async def test_resumes_over_a_weekend() -> None:
    feed = feed_of(speed=0)
    after = dict.fromkeys(EQUITIES, FRIDAY_CLOSE - MINUTE)
    first = (await take(feed.batches(after), 1))[0]
    assert first.market_ms == MONDAY_OPEN + MINUTE


async def test_pause_resume_and_speed_while_it_runs() -> None:
    wall = FakeWall()
    feed = feed_of(speed=10, wall=wall)
    batches = feed.batches({})
    await until(batches, FRIDAY_OPEN + MINUTE)
    feed.clock.pause()
    waiting = asyncio.ensure_future(anext(batches))
    await wall.stuck.wait()
    assert not waiting.done()
    wall.time += 3_600_000  # an hour passes on the wall and none in the market
    feed.clock.set_speed(60)
    feed.clock.resume()
    batch = await waiting
    assert batch.market_ms <= FRIDAY_OPEN + MINUTE + 3_000
    start = wall.now_ms()
    await until(batches, FRIDAY_OPEN + 3 * MINUTE)
    assert wall.now_ms() - start == pytest.approx(2_000, abs=60)


async def test_free_run_until_told_and_back_to_the_old_speed() -> None:
    wall = FakeWall()
    feed = feed_of(speed=10, wall=wall)
    batches = feed.batches({})
    await until(batches, FRIDAY_OPEN + MINUTE)
    feed.clock.run_free()
    waits = len(wall.waits)
    free = await until(batches, FRIDAY_OPEN + 30 * MINUTE)
    assert len(wall.waits) == waits
    assert {bar.timeframe for batch in free for bar in batch.bars} == {"1s", "1m"}
    feed.clock.pause()
    assert feed.clock.now_ms() == FRIDAY_OPEN + 30 * MINUTE
    feed.clock.resume()
    start = wall.now_ms()
    await until(batches, FRIDAY_OPEN + 31 * MINUTE)
    assert wall.now_ms() - start == pytest.approx(6_000)


async def test_restart_begins_again_from_the_start() -> None:
    feed = feed_of(speed=10)
    batches = feed.batches({"SPY": FRIDAY_OPEN + 5 * MINUTE, "AMD": FRIDAY_OPEN + 5 * MINUTE})
    await until(batches, FRIDAY_OPEN + 8 * MINUTE)
    feed.clock.restart()
    again = await until(batches, FRIDAY_OPEN + MINUTE)
    assert again[0].market_ms == FRIDAY_OPEN + 1_000
    assert [each[1] for each in minutes(again)] == [FRIDAY_OPEN, FRIDAY_OPEN]


async def test_a_market_that_never_closes_beside_one_that_does() -> None:
    both = {"SPY": "XNYS", "X:BTCUSD": "24/7"}
    feed = feed_of(speed=0, calendars=both, start=FRIDAY_CLOSE - MINUTE, end=FRIDAY_CLOSE + DAY_MS)
    batches = [batch async for batch in feed.batches({})]
    assert [b.market_ms for b in batches] == list(
        range(FRIDAY_CLOSE, FRIDAY_CLOSE + DAY_MS + 1, MINUTE)
    )
    assert {symbol for symbol, ts, _, _ in minutes(batches) if ts >= FRIDAY_CLOSE} == {"X:BTCUSD"}


class WithoutBitcoin(SyntheticLibrary):
    """A market that never closes and of which nothing was recorded."""

    def load(self, symbol: str, session: Session) -> Tape:
        nothing = Tape(minutes=BarColumns.empty(), seconds=BarColumns.empty())
        return nothing if symbol == "X:BTCUSD" else super().load(symbol, session)


async def test_open_hours_without_a_bar_are_skipped_like_closed_ones() -> None:
    wall, start = FakeWall(), FRIDAY_CLOSE - 2 * MINUTE
    library = WithoutBitcoin(seed=7, calendars={"SPY": "XNYS", "X:BTCUSD": "24/7"}, start_ms=start)
    state = ClockState("synthetic", wall.now_ms(), start, speed=60, market_ms=start)
    before = wall.now_ms()
    batches = PacedFeed(library, MarketClock(state, wall=wall)).batches({})
    played = await until(batches, MONDAY_OPEN + MINUTE)
    assert {symbol for symbol, *_ in minutes(played)} == {"SPY"}
    assert wall.now_ms() - before == pytest.approx(3_000, abs=100)


async def test_lost_spans_are_told_when_they_end() -> None:
    session, lost = _session_with_a_gap()
    feed = feed_of(speed=0, calendars={"SPY": "XNYS"}, start=session.open_ms, end=session.close_ms)
    batches = [batch async for batch in feed.batches({})]
    told = [(b.market_ms, gap.symbol, gap.start_ms, gap.end_ms) for b in batches for gap in b.gaps]
    assert told == [(end, "SPY", start, end) for start, end in lost]
    played = {ts for _, ts, _, _ in minutes(batches)}
    assert not played & {ts for start, end in lost for ts in range(start, end, MINUTE)}


def test_commands_out_of_bounds_are_refused_by_name() -> None:
    clock = feed_of(speed=1).clock
    for speed in (-1.0, float("nan"), 1e9):
        with pytest.raises(ClockError, match="speed must be from 0"):
            clock.apply("speed", speed=speed)
    with pytest.raises(ClockError, match="needs a speed"):
        clock.apply("speed")
    with pytest.raises(ClockError, match="'stop' is not one of pause"):
        clock.apply("stop")  # type: ignore[arg-type]
    wall = MarketClock(ClockState("polygon", 0, 0, 1, realtime=True), wall=FakeWall())
    with pytest.raises(ClockError, match="takes no commands"):
        wall.apply("pause")


def _friday() -> Session:
    session = session_on("XNYS", date(2024, 6, 28))
    assert session is not None
    return session


def _session_with_a_gap() -> tuple[Session, tuple[tuple[int, int], ...]]:
    for session in sessions_between("XNYS", FRIDAY_OPEN, FRIDAY_OPEN + 300 * DAY_MS):
        made = make_session(seed=7, symbol="SPY", calendar="XNYS", session=session)
        if made.gaps:
            return session, made.gaps
    raise AssertionError("no session in 300 days lost anything")
