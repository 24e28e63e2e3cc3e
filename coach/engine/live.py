"""Live evaluation bar by bar, byte-equal to ``coach.engine.run`` on the same bars.

Every block's states are defined by a scan from the block before. So beside the current state a
second one, begun at the current block's start, takes every bar in silence; when a bar of the next
block arrives it becomes the current state. No history has to be kept or scanned again.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.engine.anchors import anchor_of, block_of, block_start
from coach.engine.bars import Bar, Bars, Columns
from coach.engine.jit import ensure
from coach.engine.kernel import new_state, scan, step, step_kernel, step_many
from coach.engine.layout import TRIGGER, RecordArray
from coach.engine.registry import STATE
from coach.engine.ruleset import RuleSet
from coach.engine.run import blocks, covered_by


class Lines(NamedTuple):
    """The evaluator's own lines for a chart, as ``coach.engine.run.indicators`` gives them."""

    ema20: float
    ema50: float
    vwap: float


class _Seat:
    """Where one symbol stands: its block, and how far back its data reach."""

    __slots__ = ("block", "complete_from", "first_day", "into_session", "last_ts", "until")

    def __init__(self, complete_from: int | None) -> None:
        self.complete_from = complete_from
        self.last_ts: int | None = None
        self.block: int | None = None
        self.until = -1  # first day after the block
        self.first_day = 0
        self.into_session = 0

    def take(self, ts: int, session_day: int, session_open: int) -> None:
        """Note the next bar.

        Raises:
            ValueError: it is not later than the one before.
        """
        if self.last_ts is None:
            self.first_day, self.into_session = session_day, ts - session_open
        elif ts <= self.last_ts:
            raise ValueError(f"ts {ts} is not later than the last bar's {self.last_ts}")
        self.last_ts = ts

    def covers(self, block: int, timeframe: str) -> bool:
        """True if the data reach back to a block's anchor."""
        anchor = anchor_of(block, timeframe)
        if self.complete_from is not None:
            return self.complete_from <= anchor
        return covered_by(self.first_day, self.into_session, anchor)

    def enter(self, block: int, timeframe: str, pair: RecordArray) -> None:
        """Switch to the states of a block; ``pair`` holds the current and the next state."""
        follows = self.block is not None and block == self.block + 1
        pair[0] = pair[1] if follows else np.zeros((), STATE)
        pair[1] = np.zeros((), STATE)
        pair[0]["core"]["cold"] = 0 if self.covers(block, timeframe) else 1
        self.block, self.until = block, block_start(block + 1, timeframe)

    def load(self, history: Bars, ruleset: RuleSet, pair: RecordArray) -> None:
        """Take history before the first live bar."""
        if self.last_ts is not None:
            raise ValueError("history must be loaded before the first bar")
        if not len(history):
            return
        first = history.bar(0)
        self.take(first.ts, first.session_day, first.session_open)
        block = blocks(history, ruleset.timeframe, int(history.ts[-1]))[-1]
        self.enter(block.number, ruleset.timeframe, pair)
        for state, start in ((pair[:1], block.first), (pair[1:], block.begin)):
            scan(history, ruleset, state, start=start, emit_from=len(history))
        self.last_ts = int(history.ts[-1])


class LiveEvaluator:
    """Rules on one symbol and timeframe, one closed bar after the other.

    ``complete_from`` is the first day (days since 1970-01-01) that the source claims to hold
    completely; without it the first bar speaks, as in ``run``.
    """

    def __init__(self, ruleset: RuleSet, *, complete_from: int | None = None) -> None:
        ensure(step_kernel)
        self.ruleset = ruleset
        self._seat = _Seat(complete_from)
        self._states = new_state(2)  # of the current block, of the next one
        core = self._states["core"]
        # Views: the states change in place, and a record's field by name costs 2 µs.
        self._chart = (core["ema20"]["value"], core["ema50"]["value"], core["vwap"])
        self._room = np.zeros(len(ruleset.rules), TRIGGER)

    @property
    def warm(self) -> bool:
        """True if the current block's anchor lies inside the data."""
        seat = self._seat
        return seat.block is not None and seat.covers(seat.block, self.ruleset.timeframe)

    @property
    def last_ts(self) -> int | None:
        """Open time of the last bar taken."""
        return self._seat.last_ts

    @property
    def lines(self) -> Lines:
        """The chart's lines at the last bar; NaN where an indicator has not enough bars."""
        if self.last_ts is None:
            return Lines(math.nan, math.nan, math.nan)
        ema20, ema50, vwap = self._chart
        return Lines(ema20.item(0), ema50.item(0), vwap.item(0))

    def load(self, history: Bars) -> None:
        """Take history before the first live bar; the states become those of its last bar.

        Raises:
            ValueError: bars have been taken already.
        """
        self._seat.load(history, self.ruleset, self._states)

    def on_bar(self, bar: Bar) -> RecordArray:
        """Evaluate the next closed bar; returns its triggers (an empty array if none).

        Raises:
            ValueError: the bar is not later than the one before.
        """
        seat = self._seat
        seat.take(bar.ts, bar.session_day, bar.session_open)
        if bar.session_day >= seat.until:
            timeframe = self.ruleset.timeframe
            seat.enter(block_of(bar.session_day, timeframe), timeframe, self._states)
        return step(bar, self.ruleset, self._states, self._room)


class LiveBook:
    """Rules on many symbols of one timeframe: a minute's closed bars in one compiled call."""

    def __init__(self, ruleset: RuleSet, size: int, *, complete_from: int | None = None) -> None:
        self.ruleset = ruleset
        self._seats = [_Seat(complete_from) for _ in range(size)]
        self._until = np.full(size, -1, np.int64)
        self._last = np.full(size, np.iinfo(np.int64).min)
        self._states = new_state(2 * size)  # current states, then those of the next block

    def load(self, row: int, history: Bars) -> None:
        """``LiveEvaluator.load`` for one row."""
        seat, pair = self._seats[row], new_state(2)
        seat.load(history, self.ruleset, pair)
        self._put(row, pair)
        if seat.last_ts is not None:
            self._last[row] = seat.last_ts

    def on_bars(
        self, rows: NDArray[np.int64], columns: Columns
    ) -> tuple[RecordArray, NDArray[np.int64]]:
        """Evaluate the next closed bar of each of ``rows``, each row at most once.

        Returns the triggers and, for each, the position of its bar in ``columns``.

        Raises:
            ValueError: a row twice, or a bar that is not later than its row's last one; nothing
                has been evaluated then.
        """
        if len(np.unique(rows)) != len(rows):
            raise ValueError("a row is given twice")
        late = np.flatnonzero(columns.ts <= self._last[rows])
        if len(late):
            at = int(late[0])
            last = self._last[rows[at]]
            raise ValueError(f"row {rows[at]}: ts {columns.ts[at]} is not later than {last}")
        for at in np.flatnonzero(columns.session_day >= self._until[rows]).tolist():
            self._enter(int(rows[at]), columns, at)
        self._last[rows] = columns.ts
        return step_many(columns, rows, self.ruleset, self._states, shadow=len(self._seats))

    def _enter(self, row: int, columns: Columns, at: int) -> None:
        seat, timeframe = self._seats[row], self.ruleset.timeframe
        day = int(columns.session_day[at])
        if seat.last_ts is None:
            seat.take(int(columns.ts[at]), day, int(columns.session_open[at]))
        pair = self._states[[row, row + len(self._seats)]]
        seat.enter(block_of(day, timeframe), timeframe, pair)
        self._put(row, pair)

    def _put(self, row: int, pair: RecordArray) -> None:
        self._states[row], self._states[row + len(self._seats)] = pair[0], pair[1]
        self._until[row] = self._seats[row].until
