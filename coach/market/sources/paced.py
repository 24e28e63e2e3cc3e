"""A feed from recorded or generated sessions, paced by the market clock.

It steps through the open hours of its symbols' calendars and jumps over closed ones. Each step ends
at the next tick or minute close, whichever is first, so a batch is never more than one moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from asgiref.sync import sync_to_async

from coach.market.calendars import CalendarError, Session, next_open, session_at
from coach.market.clock import SECOND_MS, ClockState, MarketClock, tick_ms
from coach.market.columns import BarColumns, aggregate
from coach.market.feed import FeedBar, FeedBatch, FeedGap, FeedHealth, feed_bars

MINUTE_MS = 60_000
MERGE_BEYOND_MS = 3 * SECOND_MS
"""Above this many market ms a tick, a tick's seconds are merged into one microbar a symbol."""


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """A symbol's session as it will be played. Without `seconds` there is no forming candle."""

    minutes: BarColumns
    seconds: BarColumns
    gaps: tuple[tuple[int, int, str], ...] = ()


class TapeLibrary(Protocol):
    """Where the sessions come from."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def calendars(self) -> Mapping[str, str]:
        """Symbol → calendar, in the order in which symbols are played."""

    @property
    def start_ms(self) -> int:
        """Where playing begins."""

    @property
    def end_ms(self) -> int | None:
        """Where it ends (exclusive); None: never."""

    def load(self, symbol: str, session: Session) -> Tape | None:
        """A session's bars; None if there are none. May block."""


@dataclass(slots=True)
class _Cursor:
    """How far a symbol's tape has been played."""

    symbol: str
    tape: Tape
    close_ms: int
    seconds_from: int
    minutes_from: int
    gaps_left: list[tuple[int, int, str]] = field(default_factory=list)

    def take(self, until_ms: int, *, seconds: str, received_ms: float) -> list[tuple[int, FeedBar]]:
        """Bars that closed by `until_ms`, each with its close; `seconds`: all, merged or none."""
        micro = self.tape.seconds.between(self.seconds_from, until_ms - SECOND_MS + 1)
        self.seconds_from = max(self.seconds_from, until_ms - SECOND_MS + 1)
        minutes = self.tape.minutes.between(self.minutes_from, until_ms - MINUTE_MS + 1)
        self.minutes_from = max(self.minutes_from, until_ms - MINUTE_MS + 1)
        if seconds == "none":
            micro = BarColumns.empty()
        elif seconds == "merged" and len(micro) > 1:
            micro = _merged(micro)
        return [
            *_closing(feed_bars(self.symbol, "1s", micro, received_ms), SECOND_MS),
            *_closing(feed_bars(self.symbol, "1m", minutes, received_ms), MINUTE_MS),
        ]

    def take_gaps(self, until_ms: int) -> list[FeedGap]:
        """Gaps that have ended by `until_ms`."""
        ended = [gap for gap in self.gaps_left if gap[1] <= until_ms]
        self.gaps_left = [gap for gap in self.gaps_left if gap[1] > until_ms]
        return [FeedGap(self.symbol, *gap) for gap in ended]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Open hours in which no session of any calendar begins or ends."""

    begin: int
    end: int


class PacedFeed:
    """Plays a library's sessions by a market clock. See `coach.market.feed.Feed`."""

    def __init__(self, library: TapeLibrary, clock: MarketClock) -> None:
        self._library = library
        self._clock = clock
        self._health = FeedHealth(connected=True, reason="")

    @property
    def name(self) -> str:
        """The source's name."""
        return self._library.name

    @property
    def symbols(self) -> Sequence[str]:
        """The symbols it carries."""
        return tuple(self._library.calendars)

    @property
    def clock(self) -> MarketClock:
        """The clock that paces it."""
        return self._clock

    @property
    def health(self) -> FeedHealth:
        """Always connected; each step of its clock is a sign of life, also one without trades."""
        return self._health

    async def prepare(self) -> None:
        """Nothing: the history lies where the feed is."""

    async def batches(self, resume_after: Mapping[str, int]) -> AsyncGenerator[FeedBatch]:
        """Batches until the data ends; after a restart again from the start."""
        after = dict(resume_after)
        while True:
            restarts = self._clock.restarts
            async for batch in self._play_all(after):
                yield batch
            if self._clock.restarts == restarts:
                return
            after = {}

    async def _play_all(self, after: Mapping[str, int]) -> AsyncGenerator[FeedBatch]:
        now = min(after.values()) + MINUTE_MS if after else self._library.start_ms
        cursors: dict[str, _Cursor] = {}
        restarts, running = self._clock.restarts, False
        while (stretch := self._next_stretch(now)) is not None:
            await self._open_tapes(stretch.begin, after, cursors)
            if any(_has_bars_before(cursor, stretch.end) for cursor in cursors.values()):
                if not running or stretch.begin != now:
                    await self._clock.jump(stretch.begin)
                running = True
                async for batch in self._play(stretch, cursors, restarts):
                    yield batch
                if self._clock.restarts != restarts:
                    return
            else:
                running = False  # the clock jumps over what has no bars
            now = stretch.end

    def _next_stretch(self, now: int) -> _Stretch | None:
        end_ms = self._library.end_ms
        if end_ms is not None and now >= end_ms:
            return None
        begins, ends = [], []
        for calendar in set(self._library.calendars.values()):
            try:
                session = session_at(calendar, now) or session_at(
                    calendar, next_open(calendar, now)
                )
            except CalendarError:
                continue  # this calendar ends here; the others go on
            if session is not None:
                begins.append(max(now, session.open_ms))
                ends.append(session.close_ms)
        if not begins or (end_ms is not None and min(begins) >= end_ms):
            return None
        begin = min(begins)
        bounds = [each for each in (*begins, *ends) if each > begin]
        return _Stretch(begin, min(bounds) if end_ms is None else min(*bounds, end_ms))

    async def _open_tapes(
        self, begin: int, after: Mapping[str, int], cursors: dict[str, _Cursor]
    ) -> None:
        """Put down the tapes that have ended and take up those of the sessions open at `begin`."""
        for symbol, calendar in self._library.calendars.items():
            if symbol in cursors and cursors[symbol].close_ms > begin:
                continue
            cursors.pop(symbol, None)
            session = session_at(calendar, begin)
            if session is None:
                continue
            tape = await sync_to_async(self._library.load)(symbol, session)
            if tape is not None:
                start = max(begin, after.get(symbol, begin - MINUTE_MS) + MINUTE_MS)
                gaps = [gap for gap in tape.gaps if gap[1] > start]
                cursors[symbol] = _Cursor(symbol, tape, session.close_ms, start, start, gaps)

    async def _play(
        self, stretch: _Stretch, cursors: Mapping[str, _Cursor], restarts: int
    ) -> AsyncGenerator[FeedBatch]:
        now = stretch.begin
        while now < stretch.end:
            minute_end = min(stretch.end, (now // MINUTE_MS + 1) * MINUTE_MS)
            target = _next_tick(self._clock.state, now, minute_end)
            if not await self._clock.reach(target, restarts=restarts):
                return
            now = max(target, _caught_up(self._clock, minute_end))
            batch = self._batch(now, cursors)
            self._health.heard_ms = self._clock.wall.now_ms()
            await self._clock.arrive(now)
            if batch.bars or batch.gaps or now == minute_end:
                yield batch
            if self._clock.state.runs_free:
                await asyncio.sleep(0)  # let commands in; nothing else here waits

    def _batch(self, now: int, cursors: Mapping[str, _Cursor]) -> FeedBatch:
        seconds = _seconds_mode(self._clock.state)
        received = self._clock.wall.now_ms()
        closed = [
            pair
            for cursor in cursors.values()
            for pair in cursor.take(now, seconds=seconds, received_ms=received)
        ]
        closed.sort(key=lambda pair: (pair[0], pair[1].timeframe == "1m"))
        gaps = tuple(gap for cursor in cursors.values() for gap in cursor.take_gaps(now))
        return FeedBatch(now, tuple(bar for _, bar in closed), gaps)


def _has_bars_before(cursor: _Cursor, end_ms: int) -> bool:
    return len(cursor.tape.minutes.between(cursor.minutes_from, end_ms)) > 0


def _next_tick(state: ClockState, now: int, minute_end: int) -> int:
    if state.runs_free:
        return minute_end
    tick = tick_ms(state)
    return min(minute_end, (now // tick + 1) * tick)


def _caught_up(clock: MarketClock, minute_end: int) -> int:
    """The last whole second the clock has passed, within this minute: late ticks are merged."""
    if clock.state.runs_free:
        return 0
    return min(minute_end, clock.now_ms() // SECOND_MS * SECOND_MS)


def _seconds_mode(state: ClockState) -> str:
    """All seconds while an eye can follow or a tape is wanted; none when only results are."""
    if state.speed == 0:
        return "none"
    if not state.free and tick_ms(state) > MERGE_BEYOND_MS:
        return "merged"
    return "all"


def _merged(micro: BarColumns) -> BarColumns:
    whole = aggregate(micro, MINUTE_MS)
    return BarColumns(micro.ts[:1], *whole.columns()[1:])  # type: ignore[arg-type]


def _closing(bars: Iterable[FeedBar], length_ms: int) -> Iterator[tuple[int, FeedBar]]:
    """Each with the time of its close."""
    return ((bar.ts + length_ms, bar) for bar in bars)
