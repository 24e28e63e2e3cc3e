"""The live feed of Polygon (now Massive): its stream, and its history where the stream had a hole.

After each connect the minutes since the last one are fetched over REST, past the seam: later than
the moment from which the stream gives them by itself. Until then what the stream says waits, so the
evaluator sees every minute once and in order. A hole that cannot be filled is recorded as a gap,
and asked for again later; what comes then is late, and is kept and shown as that.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from asgiref.sync import sync_to_async
from django.db import connection

from coach.market.barcache import check_columns
from coach.market.calendars import is_open
from coach.market.clock import MarketClock
from coach.market.feed import FeedBar, FeedBatch, FeedGap, FeedHealth, feed_bars
from coach.market.fetching import SETTLED_MS, keep, planned
from coach.market.selectors import anchor_ms, last_received
from coach.market.sources.access import Access, VendorError
from coach.market.sources.polygon import NAME, BarSource, Fetched, Range
from coach.market.sources.polygon_minutes import MINUTE_MS, Minutes
from coach.market.sources.polygon_stream import (
    Event,
    Heard,
    Joined,
    Kind,
    Left,
    Stream,
    Tempo,
    kind_of,
    stream_name,
)
from observability import metrics

log = structlog.get_logger(__name__)

QUEUE = 20_000
"""Messages that may wait. When it is full the socket is not read, and the server drops us."""
AT_ONCE = 8
"""Symbols whose holes are filled at the same time."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A symbol, the vendor's name for it, and its calendar."""

    symbol: str
    ticker: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Patterns:
    """How long the feed waits for what, in ms.

    `seam`: after a minute's close the vendor needs so long to publish it over REST. `grace`: a
    minute is settled so long after its close, and the lag that bars have shown. `silence`: no bar
    for so long in session makes us ask over REST whether there were any. `retry`: between two
    attempts at a hole that could not be filled.
    """

    seam: float = 4_000.0
    grace: float = 3_000.0
    silence: float = 90_000.0
    retry: float = 60_000.0
    tick: float = 1_000.0
    tempo: Tempo = field(default_factory=Tempo)


@dataclass(slots=True)
class _Hole:
    """Minutes [start_ms, end_ms) of a symbol that could not be had; asked for again at `at_ms`."""

    listed: Listed
    start_ms: int
    end_ms: int
    at_ms: float


@dataclass(slots=True)
class _Side:
    """A cluster: its stream, its symbols, and up to where its bars are complete."""

    stream: Stream
    listed: tuple[Listed, ...]
    complete_ms: int = 0
    joined: bool = False
    bar_ms: float = 0.0
    """Wall clock at its last bar."""


class PolygonFeed:
    """See `coach.market.feed.Feed`. `history` is asked before the start, with patience; `refill`
    while alerts wait, with less."""

    def __init__(
        self,
        listed: Sequence[Listed],
        *,
        access: Access,
        history: BarSource,
        refill: BarSource,
        clock: MarketClock,
        guard: Callable[[], None] | None = None,
        patterns: Patterns | None = None,
    ) -> None:
        self._listed = tuple(listed)
        self._access = access
        self._history = history
        self._refill = refill
        self._clock = clock
        self._guard = guard
        self._patterns = patterns or Patterns()
        self._minutes = Minutes({})
        self._holes: list[_Hole] = []
        self._market_ms = 0
        self._sides: dict[Kind, _Side] = {}
        self._queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE)

    @property
    def name(self) -> str:
        """The source's name."""
        return NAME

    @property
    def symbols(self) -> Sequence[str]:
        """The symbols it carries."""
        return tuple(each.symbol for each in self._listed)

    @property
    def clock(self) -> MarketClock:
        """The wall's clock; it takes no commands."""
        return self._clock

    @property
    def health(self) -> FeedHealth:
        """Of all connections the worst."""
        each = [side.stream.health for side in self._sides.values()] or [FeedHealth()]
        heard = [health.heard_ms for health in each]
        return FeedHealth(
            connected=all(health.connected for health in each),
            heard_ms=None if None in heard else min(ms for ms in heard if ms is not None),
            # Two connections to one vendor fail alike.
            reason="; ".join(dict.fromkeys(health.reason for health in each if health.reason)),
            reconnects=sum(health.reconnects for health in each),
        )

    # --- history ----------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Fetch what is missing from each symbol's anchor on, into the cache.

        What cannot be had is said and left out: the evaluator then knows that it is not warm.
        """
        now = int(self._now_ms())
        received = await sync_to_async(last_received)(NAME, self.symbols)
        for each in self._listed:
            end = received.get(each.symbol, now - SETTLED_MS - MINUTE_MS) + MINUTE_MS
            for wanted in await sync_to_async(self._missing)(each, now, end):
                try:
                    await sync_to_async(self._keep, thread_sensitive=False)(wanted)
                except VendorError as error:
                    log.warning("history_not_fetched", range=str(wanted), error=str(error))

    def _missing(self, each: Listed, now: int, end: int) -> list[Range]:
        return planned(
            self._history,
            symbol=each.symbol,
            timeframe="1m",
            start_ms=anchor_ms(each.calendar, "1m", now),
            end_ms=end,
            now_ms=now,
        )

    def _keep(self, wanted: Range) -> None:
        """In a thread of its own: the lease must be renewed meanwhile."""
        try:
            keep(self._history, wanted, guard=self._guard)
        finally:
            connection.close()

    # --- live -------------------------------------------------------------------------------------

    async def batches(self, resume_after: Mapping[str, int]) -> AsyncGenerator[FeedBatch]:
        """Without end, whatever the connections do."""
        self._begin(resume_after)
        self._queue = asyncio.Queue(QUEUE)
        self._sides = {kind: self._side(kind) for kind in self._kinds()}
        tasks = [asyncio.create_task(side.stream.run()) for side in self._sides.values()]
        try:
            while True:
                async for batch in self._on(await self._next(tasks)):
                    await self._clock.arrive(int(self._now_ms()))
                    yield batch
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, resume_after: Mapping[str, int]) -> None:
        """Symbols that have run go on; a new one begins where its history ends."""
        fresh = int(self._now_ms() - SETTLED_MS) // MINUTE_MS * MINUTE_MS - MINUTE_MS
        self._minutes = Minutes({each: resume_after.get(each, fresh) for each in self.symbols})
        self._holes = []
        self._market_ms = 0

    def _kinds(self) -> list[Kind]:
        return list(dict.fromkeys(kind_of(each.ticker) for each in self._listed))

    def _side(self, kind: Kind) -> _Side:
        listed = tuple(each for each in self._listed if kind_of(each.ticker) == kind)
        names = {stream_name(each.ticker, kind): each.symbol for each in listed}
        stream = Stream(
            self._access,
            kind,
            names,
            queue=self._queue,
            now_ms=self._now_ms,
            tempo=self._patterns.tempo,
        )
        complete = min(self._minutes.last(each.symbol) for each in listed) + MINUTE_MS
        return _Side(stream, listed, complete, bar_ms=self._now_ms())

    async def _next(self, tasks: Sequence[asyncio.Task[None]]) -> Event | None:
        """The next event; None when a tick passed without one."""
        for task in tasks:
            if task.done():
                task.result()  # a stream never ends by itself: raises what ended it
        try:
            async with asyncio.timeout(self._patterns.tick / 1000):
                return await self._queue.get()
        except TimeoutError:
            return None

    async def _on(self, event: Event | None) -> AsyncGenerator[FeedBatch]:
        if isinstance(event, Heard):
            side = self._sides[event.kind]
            side.bar_ms = self._now_ms()
            for batch in self._heard(event.bars):
                yield batch
        elif isinstance(event, Joined):
            async for batch in self._past_the_seam(self._sides[event.kind], event.at_ms):
                yield batch
        elif isinstance(event, Left):
            self._sides[event.kind].joined = False
        else:
            async for batch in self._look_again():
                yield batch
        settled = self._time_goes_on()
        if settled is not None:
            yield settled

    def _now_ms(self) -> float:
        return self._clock.wall.now_ms()

    # --- bars from the stream ---------------------------------------------------------------------

    def _heard(self, bars: Sequence[FeedBar]) -> Iterator[FeedBatch]:
        """Seconds first, then minute by minute."""
        seconds = tuple(bar for bar in bars if bar.timeframe == "1s")
        if seconds:
            yield self._batch(max(bar.ts for bar in seconds) + 1_000, seconds)
        minutes: dict[int, list[FeedBar]] = defaultdict(list)
        for bar in bars:
            if bar.timeframe == "1m" and (taken := self._minutes.take(bar)) is not None:
                minutes[bar.ts].append(taken)
                if not taken.revision:
                    self._minutes.note_lag(bar.received_ms - bar.ts - MINUTE_MS)
        for ts in sorted(minutes):
            yield self._batch(ts + MINUTE_MS, tuple(minutes[ts]))

    def _batch(self, close_ms: int, bars: tuple[FeedBar, ...]) -> FeedBatch:
        if bars and bars[0].timeframe == "1m":
            self._market_ms = max(self._market_ms, close_ms)
        market_ms = self._market_ms or close_ms
        return FeedBatch(market_ms, bars, settled_ms=min(self._settled(), market_ms))

    # --- time -------------------------------------------------------------------------------------

    def _settled(self) -> int:
        return min(side.complete_ms for side in self._sides.values())

    def _time_goes_on(self) -> FeedBatch | None:
        """A minute has passed of which every bar has come: sessions may end by it."""
        now = self._now_ms() - self._minutes.lag_ms - self._patterns.grace
        before = self._settled()
        for side in self._sides.values():
            if self._is_heard(side):
                side.complete_ms = max(side.complete_ms, int(now) // MINUTE_MS * MINUTE_MS)
        settled = self._settled()
        if settled == before:
            return None
        self._market_ms = max(self._market_ms, settled)
        return FeedBatch(self._market_ms, settled_ms=settled)

    def _is_heard(self, side: _Side) -> bool:
        """Whether all that it says reaches us and has been looked at: a `Left` may still wait."""
        return side.joined and side.stream.health.connected and self._queue.empty()

    async def _look_again(self) -> AsyncGenerator[FeedBatch]:
        """Nothing came for a while: holes to ask for again, or a stream that has fallen silent."""
        now = self._now_ms()
        due = [hole for hole in self._holes if hole.at_ms <= now]
        if due:
            self._holes = [hole for hole in self._holes if hole.at_ms > now]
            async for batch in self._fill(due, None):
                yield batch
        for side in self._sides.values():
            silent = self._is_heard(side) and now - side.bar_ms > self._patterns.silence
            if silent and any(is_open(each.calendar, int(now)) for each in side.listed):
                side.bar_ms = now
                async for batch in self._ask_whether_quiet(side):
                    yield batch

    async def _ask_whether_quiet(self, side: _Side) -> AsyncGenerator[FeedBatch]:
        """If the history has bars that the stream did not give, the stream is dead and is renewed;
        if not, the market is quiet."""
        end = int(self._now_ms() - self._patterns.seam) // MINUTE_MS * MINUTE_MS
        found = False
        async for batch in self._fill(self._missed(side, end), side):
            found = found or bool(batch.bars)
            yield batch
        if found:
            log.warning("feed_silent", cluster=side.stream.kind)
            await side.stream.drop()

    # --- holes ------------------------------------------------------------------------------------

    async def _past_the_seam(self, side: _Side, joined_ms: float) -> AsyncGenerator[FeedBatch]:
        """The minutes from the last one given to the one that the stream gives itself."""
        began = time.perf_counter()
        seam = int(joined_ms) // MINUTE_MS * MINUTE_MS
        wait = seam + self._patterns.seam - self._now_ms()
        if wait > 0:
            await asyncio.sleep(wait / 1000)
        async for batch in self._fill(self._missed(side, seam), side):
            yield batch
        side.joined, side.bar_ms = True, self._now_ms()
        side.complete_ms = max(side.complete_ms, seam)
        metrics.feed_backfill_ms.observe((time.perf_counter() - began) * 1000)

    def _missed(self, side: _Side, end_ms: int) -> list[_Hole]:
        holes = [
            _Hole(each, self._minutes.last(each.symbol) + MINUTE_MS, end_ms, 0.0)
            for each in side.listed
        ]
        return [hole for hole in holes if hole.start_ms < hole.end_ms]

    async def _fill(self, holes: Sequence[_Hole], side: _Side | None) -> AsyncGenerator[FeedBatch]:
        """Every minute of the holes in order of time, all symbols of a minute together."""
        limit = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._ask(hole, limit) for hole in holes))
        minutes: dict[int, list[FeedBar]] = defaultdict(list)
        for hole, bars in zip(holes, found, strict=True):
            if bars is None:
                yield self._lost(hole)
                continue
            for bar in self._as_feed_bars(hole, bars):
                minutes[bar.ts].append(bar)
        for ts in sorted(minutes):
            if side is not None:
                side.complete_ms = max(side.complete_ms, ts + MINUTE_MS)
            taken = [each for bar in minutes[ts] if (each := self._minutes.take(bar)) is not None]
            if taken:
                yield self._batch(ts + MINUTE_MS, tuple(taken))

    async def _ask(self, hole: _Hole, limit: asyncio.Semaphore) -> Fetched | None:
        each = hole.listed
        wanted = Range(each.symbol, each.ticker, "1m", hole.start_ms, hole.end_ms, each.calendar)
        async with limit:
            try:
                return await asyncio.to_thread(self._refill.fetch, wanted)
            except VendorError as error:
                log.warning("hole_not_filled", range=str(wanted), error=str(error))
                return None

    def _lost(self, hole: _Hole) -> FeedBatch:
        """Say that these minutes are missing, not quiet; and come back to them."""
        self._holes.append(replace(hole, at_ms=self._now_ms() + self._patterns.retry))
        metrics.feed_errors_total.labels("hole").inc()
        gap = FeedGap(hole.listed.symbol, hole.start_ms, hole.end_ms, "the vendor's feed was down")
        batch = self._batch(hole.end_ms, ())
        return replace(batch, gaps=(gap,))

    def _as_feed_bars(self, hole: _Hole, fetched: Fetched) -> Iterator[FeedBar]:
        bars, refused = check_columns(fetched.bars, timeframe="1m", calendar=hole.listed.calendar)
        for each in refused:
            metrics.feed_errors_total.labels("bad_bar").inc()
            log.warning("feed_refused", symbol=hole.listed.symbol, ts=each.ts, reason=each.reason)
        return feed_bars(hole.listed.symbol, "1m", bars, self._now_ms())
