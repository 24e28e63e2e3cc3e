"""A lane: one symbol on one timeframe, with its evaluator and the outcomes that run on it.

A lane knows no database and no clock: bars in, what fired and what became of it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from coach.engine.anchors import date_of
from coach.engine.bars import Bar, Bars
from coach.engine.layout import DAY_MS, FEATURES, TRIGGER, Direction, RecordArray, timeframe_ms
from coach.engine.live import LiveEvaluator
from coach.engine.ruleset import RuleSet
from coach.engine.tracking import Outcome, OutcomeTracker, read_outcome
from coach.engine.triggers import Trigger, read
from coach.engine.version import engine_version
from coach.signals.records import FiredSignal, SignalKey, SignalRow


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a signal's outcome; `market_ms` is when it was seen."""

    key: SignalKey
    outcome: Outcome
    market_ms: int


def close_of(bar: Bar, timeframe: str) -> int:
    """When a bar closes, epoch ms UTC: a session's end cuts its last one."""
    step = timeframe_ms(timeframe)
    return bar.session_close if step == DAY_MS else min(bar.ts + step, bar.session_close)


class Lane:
    """One symbol on one timeframe."""

    def __init__(self, symbol: str, ruleset: RuleSet) -> None:
        self.symbol = symbol
        self.ruleset = ruleset
        self.timeframe = ruleset.timeframe
        self.evaluator = LiveEvaluator(ruleset)
        self._outcomes: OutcomeTracker[SignalKey] = OutcomeTracker(ruleset.timeframe)
        self._session_close = 0

    @property
    def last_ts(self) -> int | None:
        """Open of the last bar taken."""
        return self.evaluator.last_ts

    def load(
        self, history: Bars, unmatured: Sequence[SignalRow], *, complete_from: int | None
    ) -> None:
        """Come to the state after `history`, and take up the outcomes that were running then.

        `complete_from`: the day (since 1970-01-01) from which the stored bars are whole, where that
        is before the history's first bar; None lets that bar speak.
        """
        self.evaluator = LiveEvaluator(self.ruleset, complete_from=complete_from)
        self.evaluator.load(history)
        self._outcomes = OutcomeTracker(self.timeframe)
        by_ts: dict[int, list[SignalRow]] = {}
        for row in unmatured:
            by_ts.setdefault(row.ts, []).append(row)
        if not by_ts:
            return
        for index in range(history.position(min(by_ts)), len(history)):
            bar = history.bar(index)
            self._session_close = bar.session_close
            self._outcomes.on_bar(bar)
            for row in by_ts.get(bar.ts, ()):
                self._outcomes.start(row.key, _record(row), bar)

    def on_bar(self, bar: Bar, market_ms: int) -> tuple[list[FiredSignal], list[Change]]:
        """Take the next closed bar: the signals it fired and the outcomes it moved.

        Raises:
            ValueError: the bar is not later than the one before.
        """
        triggers = self.evaluator.on_bar(bar)
        self._session_close = bar.session_close
        changes = [
            Change(key, read_outcome(outcome), market_ms)
            for key, outcome in self._outcomes.on_bar(bar)
        ]
        if not len(triggers):
            return [], changes
        fired = [
            fired_signal(self.symbol, self.timeframe, trigger, bar)
            for trigger in read(triggers, self.ruleset)
        ]
        for position, signal in enumerate(fired):
            begun = self._outcomes.start(signal.key, triggers[position : position + 1], bar)
            if begun["matured"]:
                changes.append(Change(signal.key, read_outcome(begun), market_ms))
        return fired, changes

    def on_clock(self, market_ms: int) -> list[Change]:
        """The market clock reached `market_ms`: past its close a session has no further bar."""
        if not len(self._outcomes) or market_ms < self._session_close:
            return []
        changed = self._outcomes.on_clock(market_ms)
        return [Change(key, read_outcome(outcome), market_ms) for key, outcome in changed]


def fired_signal(symbol: str, timeframe: str, trigger: Trigger, bar: Bar) -> FiredSignal:
    """A trigger on a bar of a symbol, as it is recorded."""
    return FiredSignal(
        symbol=symbol,
        timeframe=timeframe,
        seq=trigger.seq,
        ts=trigger.ts,
        session_date=date_of(bar.session_day),
        rule_id=trigger.rule_id,
        rule_version=str(trigger.rule_version),
        direction=trigger.direction.name.lower(),
        confidence=trigger.confidence,
        price=trigger.close,
        level=trigger.level,
        atr=trigger.atr,
        regime_trend=trigger.trend.name.lower(),
        regime_volatility=trigger.volatility.name.lower(),
        warm=trigger.warm,
        features=dict(zip(FEATURES, trigger.features, strict=True)),
        engine_version=engine_version(),
        fired_at=datetime.fromtimestamp(close_of(bar, timeframe) / 1000, UTC),
    )


def _record(row: SignalRow) -> RecordArray:
    """A recorded signal as the engine's trigger, as far as an outcome depends on it."""
    trigger = np.zeros(1, TRIGGER)
    trigger["ts"], trigger["seq"] = row.ts, row.seq
    trigger["direction"] = Direction[row.direction.upper()]
    trigger["atr"] = row.atr
    return trigger
