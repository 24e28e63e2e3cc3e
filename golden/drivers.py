"""The drivers of the evaluator that a case goes through: live's, the scan, the whole backtest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backtest.engine import evaluate, prepare
from backtest.window import Session, Window
from coach.engine.bars import Bars
from coach.engine.kernel import NO_TRIGGERS
from coach.engine.layout import RecordArray
from coach.engine.live import LiveEvaluator
from coach.engine.ruleset import RuleSet
from coach.engine.run import run
from coach.market.calendars import calendar_version
from golden.differences import Fired
from golden.fixture import Fixture


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A case's accepted bars and its rule, as every driver takes them."""

    symbol: str
    session: Session
    calendar: str
    bars: Bars
    ruleset: RuleSet

    @classmethod
    def of(cls, fixture: Fixture) -> Case:
        """The case of a fixture."""
        return cls(
            fixture.symbol,
            fixture.session,
            fixture.calendar,
            fixture.to_bars(),
            fixture.ruleset(),
        )


Driver = Callable[[Case], RecordArray]


def by_step(case: Case) -> RecordArray:
    """Bar by bar, as live does."""
    evaluator = LiveEvaluator(case.ruleset)
    parts = [evaluator.on_bar(case.bars.bar(i)).copy() for i in range(len(case.bars))]
    return np.concatenate([NO_TRIGGERS, *parts])


def by_scan(case: Case) -> RecordArray:
    """All bars at once."""
    return run(case.bars, case.ruleset)


def by_backtest(case: Case) -> RecordArray:
    """As a run over all of the bars, block by block on threads, with outcomes and identity."""
    bars, step_ms = case.bars, case.ruleset.timeframe_ms
    if not len(bars):
        return NO_TRIGGERS
    end = int(bars.ts[-1]) + step_ms
    window = Window(
        symbol=case.symbol,
        timeframe=case.ruleset.timeframe,
        start_ms=int(bars.ts[0]),
        end_ms=end,
        session=case.session,
        calendar=case.calendar,
        calendar_version=calendar_version(case.calendar),
    )
    return evaluate(prepare(window, bars, as_of=end), case.ruleset).triggers


DRIVERS: dict[str, Driver] = {"step": by_step, "scan": by_scan, "backtest": by_backtest}


def fired(triggers: RecordArray) -> list[Fired]:
    """Triggers as the runner compares them."""
    return [
        Fired(
            seq=int(t["seq"]),
            direction="long" if t["direction"] > 0 else "short",
            confidence=float(t["confidence"]),
            values={name: float(t[name]) for name in ("close", "level", "atr")},
        )
        for t in triggers
    ]
