"""Live evaluation bar by bar, byte-equal to ``coach.engine.run`` on the same bars.

Every block's states are defined by a scan from the block before. So beside the current state a
second one, begun at the current block's start, takes every bar in silence; when a bar of the next
block arrives it becomes the current state. No history has to be kept or scanned again.
"""

import math
from typing import NamedTuple

import numpy as np

from coach.engine.anchors import anchor_of, block_of, block_start
from coach.engine.bars import Bar, Bars
from coach.engine.kernel import new_state, scan, step
from coach.engine.layout import TRIGGER, RecordArray
from coach.engine.registry import STATE
from coach.engine.ruleset import RuleSet
from coach.engine.run import blocks, covered_by


class Lines(NamedTuple):
    """The evaluator's own lines for a chart, as ``coach.engine.run.indicators`` gives them."""

    ema20: float
    ema50: float
    vwap: float


class LiveEvaluator:
    """Rules on one symbol and timeframe, one closed bar after the other.

    ``complete_from`` is the first day (days since 1970-01-01) that the source claims to hold
    completely; without it the first bar speaks, as in ``run``.
    """

    def __init__(self, ruleset: RuleSet, *, complete_from: int | None = None) -> None:
        self.ruleset = ruleset
        self.complete_from = complete_from
        self.last_ts: int | None = None
        self._block: int | None = None
        self._until = -1  # first day after the current block
        self._states = new_state(2)  # of the current block, of the next one
        self._room = np.zeros(len(ruleset.rules), TRIGGER)
        self._first_day = 0
        self._into_session = 0

    @property
    def warm(self) -> bool:
        """True if the current block's anchor lies inside the data."""
        return self._block is not None and self._covers(self._block)

    def load(self, history: Bars) -> None:
        """Take history before the first live bar; the states become those of its last bar.

        Raises:
            ValueError: bars have been taken already.
        """
        if self.last_ts is not None:
            raise ValueError("history must be loaded before the first bar")
        if not len(history):
            return
        self._first_bar(history.bar(0))
        block = blocks(history, self.ruleset.timeframe, int(history.ts[-1]))[-1]
        self._enter(block.number)
        for state, start in ((self._states[:1], block.first), (self._states[1:], block.begin)):
            scan(history, self.ruleset, state, start=start, emit_from=len(history))
        self.last_ts = int(history.ts[-1])

    def on_bar(self, bar: Bar) -> RecordArray:
        """Evaluate the next closed bar; returns its triggers (an empty array if none).

        Raises:
            ValueError: the bar is not later than the one before.
        """
        if self.last_ts is None:
            self._first_bar(bar)
        elif bar.ts <= self.last_ts:
            raise ValueError(f"ts {bar.ts} is not later than the last bar's {self.last_ts}")
        self.last_ts = bar.ts
        if bar.session_day >= self._until:
            self._enter(block_of(bar.session_day, self.ruleset.timeframe))
        return step(bar, self.ruleset, self._states, self._room)

    @property
    def lines(self) -> "Lines":
        """The chart's lines at the last bar; NaN where an indicator has not enough bars."""
        if self.last_ts is None:
            return Lines(math.nan, math.nan, math.nan)
        core = self._states[0]["core"]
        return Lines(
            float(core["ema20"]["value"]), float(core["ema50"]["value"]), float(core["vwap"])
        )

    def _first_bar(self, bar: Bar) -> None:
        self._first_day = bar.session_day
        self._into_session = bar.ts - bar.session_open

    def _covers(self, block: int) -> bool:
        anchor = anchor_of(block, self.ruleset.timeframe)
        if self.complete_from is not None:
            return self.complete_from <= anchor
        return covered_by(self._first_day, self._into_session, anchor)

    def _enter(self, block: int) -> None:
        follows = self._block is not None and block == self._block + 1
        self._states[0] = self._states[1] if follows else np.zeros((), STATE)
        self._states[1] = np.zeros((), STATE)
        self._block = block
        self._until = block_start(block + 1, self.ruleset.timeframe)
        self._states[0]["core"]["cold"] = 0 if self._covers(block) else 1
