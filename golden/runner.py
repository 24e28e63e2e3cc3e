"""Running a case: the same bars through every driver of the evaluator, against what is expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coach.engine.bars import Bars
from coach.engine.kernel import NO_TRIGGERS
from coach.engine.layout import RecordArray, seq_of
from coach.engine.live import LiveEvaluator
from coach.engine.ruleset import RuleSet
from coach.engine.run import indicators, run
from golden.fixture import ExpectedTrigger, Fixture, Row

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Fired:
    """What a driver says fired on a bar, with the rule's values there."""

    seq: int
    direction: str
    confidence: float
    values: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.direction} at confidence {self.confidence:.9f}"


Driver = Callable[[Bars, RuleSet], RecordArray]


def by_step(bars: Bars, ruleset: RuleSet) -> RecordArray:
    """Bar by bar, as live does."""
    evaluator = LiveEvaluator(ruleset)
    parts = [evaluator.on_bar(bars.bar(i)).copy() for i in range(len(bars))]
    return np.concatenate([NO_TRIGGERS, *parts])


def by_scan(bars: Bars, ruleset: RuleSet) -> RecordArray:
    """All bars at once, as a backtest does."""
    return run(bars, ruleset)


DRIVERS: dict[str, Driver] = {"step": by_step, "scan": by_scan}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the case says."""

    driver: str
    what: str
    seq: int | None = None
    expected: str = ""
    got: str = ""
    bar: Row | None = None
    values: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        where = "" if self.seq is None else f" at seq {self.seq}"
        lines = [f"{self.driver}: {self.what}{where}"]
        if self.bar is not None:
            lines.append("  bar       ts {} o {} h {} l {} c {} v {}".format(*self.bar[:6]))
        lines += [f"  expected  {self.expected}", f"  got       {self.got}"]
        if self.values:
            told = ", ".join(f"{name} {value:.6g}" for name, value in self.values.items())
            lines.append(f"  values    {told}")
        return "\n".join(lines)


def check(fixture: Fixture, drivers: Mapping[str, Driver] = DRIVERS) -> list[Difference]:
    """Everything in which the evaluator differs from the case; empty if nothing does."""
    if not fixture.expected.passes:
        return _check_refusals(fixture)
    refused = fixture.check().refusals
    if refused:
        first = refused[0]
        return [
            Difference(
                "bars", "a bar is refused", expected="none", got=f"row {first.row}: {first.reason}"
            )
        ]
    bars, ruleset = fixture.to_bars(), fixture.ruleset()
    found = []
    for name, driver in drivers.items():
        found += compare(fixture, name, fired(driver(bars, ruleset)))
    return [_with_values(each, fixture, bars) for each in found]


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


def _check_refusals(fixture: Fixture) -> list[Difference]:
    got = [(each.row, each.field, each.reason) for each in fixture.check().refusals]
    want = [(each.row, each.field, each.reason) for each in fixture.expected.refusals]
    if got == want:
        return []
    return [
        Difference("bars", "other refusals", expected=_told(want), got=_told(got)),
    ]


def _told(refusals: Sequence[tuple[int, str, str]]) -> str:
    return "; ".join(f"row {row} {name}: {reason}" for row, name, reason in refusals) or "none"


def compare(fixture: Fixture, driver: str, got: Sequence[Fired]) -> list[Difference]:
    """What a driver got, held against what the case expects from `assertFrom` on."""
    want = {each.seq: each for each in fixture.expected.triggers}
    have = {each.seq: each for each in got if each.seq >= fixture.assert_from}
    found = (
        _difference(fixture, driver, seq, want.get(seq), have.get(seq))
        for seq in sorted(want.keys() | have.keys())
    )
    return [each for each in found if each is not None]


def _difference(
    fixture: Fixture,
    driver: str,
    seq: int,
    expected: ExpectedTrigger | None,
    actual: Fired | None,
) -> Difference | None:
    told = "silence"
    if expected is not None:
        told = f"{expected.direction} at confidence {expected.confidence:.9f}"
    if actual is None:
        return Difference(driver, "did not fire", seq, told, "silence")
    if expected is None:
        silent = seq in fixture.expected.silent
        what = "fired where silence is asserted" if silent else "fired"
    elif expected.direction != actual.direction:
        what = "other direction"
    elif not abs(expected.confidence - actual.confidence) <= TOLERANCE:
        what = "other confidence"
    else:
        return None
    return Difference(driver, what, seq, told, str(actual), values=actual.values)


def _with_values(difference: Difference, fixture: Fixture, bars: Bars) -> Difference:
    """The same difference with its bar, and the chart's lines there."""
    if difference.seq is None:
        return difference
    values = dict(difference.values)
    lines = indicators(bars, fixture.timeframe)
    for i in range(len(bars)):
        if seq_of(int(bars.ts[i]), fixture.timeframe) == difference.seq:
            values |= {k: float(v[i]) for k, v in lines.items() if not math.isnan(v[i])}
    return Difference(
        difference.driver,
        difference.what,
        difference.seq,
        difference.expected,
        difference.got,
        fixture.row_of(difference.seq),
        values,
    )
