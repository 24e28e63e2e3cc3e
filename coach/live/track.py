"""A track: one symbol with its lanes on every live timeframe, its session and its tape."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from coach.engine.bars import Bar, Bars
from coach.engine.live import Lines
from coach.engine.resample import Resampler
from coach.engine.ruleset import RuleSet
from coach.live.lane import Change, Lane
from coach.market.calendars import Session, session_at
from coach.market.feed import FeedBar
from coach.signals.records import FiredSignal
from coach.signals.tape import LENGTH, Row, pack_tape

MINUTE = "1m"


@dataclass(frozen=True, slots=True)
class ClosedBar:
    """A bar that a lane took: what a chart needs to draw it.

    `prev_ts` is the bar before, `received_ms` the wall clock at receipt of what closed it.
    """

    symbol: str
    timeframe: str
    bar: Bar
    prev_ts: int | None
    lines: Lines
    received_ms: float


@dataclass(slots=True)
class Evaluated:
    """What came of some bars: the bars taken, what fired, what became of earlier signals."""

    closed: list[ClosedBar] = field(default_factory=list)
    fired: list[FiredSignal] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, other: Evaluated) -> None:
        """Append another's."""
        self.closed += other.closed
        self.fired += other.fired
        self.changes += other.changes


class Track:
    """One symbol. Minute bars in; higher timeframes are resampled from them as they come."""

    def __init__(self, symbol: str, calendar: str, rulesets: Sequence[RuleSet]) -> None:
        self.symbol = symbol
        self.calendar = calendar
        self.lanes = {ruleset.timeframe: Lane(symbol, ruleset) for ruleset in rulesets}
        self._resamplers = {
            timeframe: Resampler(timeframe) for timeframe in self.lanes if timeframe != MINUTE
        }
        self._tape: deque[Row] = deque(maxlen=LENGTH)
        self._session: Session | None = None
        self._received_ms = 0.0

    @property
    def last_ts(self) -> int | None:
        """Open of the last minute bar taken."""
        return self.lanes[MINUTE].last_ts

    def session_of(self, ts: int) -> Session | None:
        """The regular session a bar lies in, None in closed or extended hours."""
        session = self._session
        if session is None or not session.open_ms <= ts < session.close_ms:
            session = self._session = session_at(self.calendar, ts)
        return session

    def on_microbar(self, bar: FeedBar) -> None:
        """Remember a second for the tape."""
        self._tape.append((bar.ts, bar.open, bar.high, bar.low, bar.close, bar.volume))

    def prime(self, minutes: Bars, until_ms: int) -> None:
        """Fill the open buckets of the higher timeframes from stored minutes; what has closed by
        `until_ms` is history already."""
        for timeframe in self._resamplers:
            resampler = self._resamplers[timeframe] = Resampler(timeframe)
            resampler.on_bars(minutes)
            resampler.on_clock(until_ms)

    def on_minute(self, feed_bar: FeedBar, market_ms: int) -> Evaluated:
        """Take a minute bar. Outside the regular session nothing is evaluated.

        Raises:
            ValueError: the bar is not later than the one before.
        """
        session = self.session_of(feed_bar.ts)
        if session is None:
            return Evaluated()
        bar = _engine_bar(feed_bar, session)
        self._received_ms = feed_bar.received_ms
        done = self._take(self.lanes[MINUTE], bar, market_ms)
        for timeframe, resampler in self._resamplers.items():
            self._take_all(done, timeframe, resampler.on_bars(Bars.of([bar])), market_ms)
        return done

    def on_clock(self, market_ms: int) -> Evaluated:
        """The market clock reached `market_ms`: buckets and sessions whose end has passed close."""
        done = Evaluated()
        for timeframe, resampler in self._resamplers.items():
            self._take_all(done, timeframe, resampler.on_clock(market_ms), market_ms)
        for lane in self.lanes.values():
            done.changes += lane.on_clock(market_ms)
        return done

    def _take_all(self, done: Evaluated, timeframe: str, bars: Bars, market_ms: int) -> None:
        for index in range(len(bars)):
            done.add(self._take(self.lanes[timeframe], bars.bar(index), market_ms))

    def _take(self, lane: Lane, bar: Bar, market_ms: int) -> Evaluated:
        prev_ts = lane.last_ts
        fired, changes = lane.on_bar(bar, market_ms)
        if fired:
            tape = pack_tape(list(self._tape))
            fired = [replace(signal, tape=tape) for signal in fired]
        closed = ClosedBar(
            self.symbol, lane.timeframe, bar, prev_ts, lane.evaluator.lines, self._received_ms
        )
        return Evaluated([closed], fired, changes)


def _engine_bar(bar: FeedBar, session: Session) -> Bar:
    return Bar(
        ts=bar.ts,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        vwap=math.nan if bar.vwap is None else bar.vwap,
        session_day=session.day,
        session_open=session.open_ms,
        session_close=session.close_ms,
    )
