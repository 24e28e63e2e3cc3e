"""Running a case: the same bars through every driver of the evaluator, against what is expected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from coach.engine.bars import Bars
from coach.engine.layout import timeframe_ms
from coach.engine.run import indicators
from golden.differences import Difference, compare
from golden.drivers import DRIVERS, Case, Driver, fired
from golden.fixture import Fixture


def check(fixture: Fixture, drivers: Mapping[str, Driver] = DRIVERS) -> list[Difference]:
    """Everything in which the evaluator differs from the case; empty if nothing does."""
    if not fixture.expected.passes:
        return _check_refusals(fixture)
    refused = fixture.check().refusals
    if refused:
        first = refused[0]
        got = f"row {first.row}: {first.reason}"
        return [Difference("bars", "a bar is refused", expected="none", got=got)]
    case = Case.of(fixture)
    found = []
    for name, driver in drivers.items():
        found += compare(fixture, name, fired(driver(case)))
    return _with_values(found, fixture, case.bars) if found else []


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


def _with_values(
    differences: Sequence[Difference], fixture: Fixture, bars: Bars
) -> list[Difference]:
    """The same differences, each with its bar and the chart's lines there."""
    lines = indicators(bars, fixture.timeframe)
    position = {
        seq: i for i, seq in enumerate((bars.ts // timeframe_ms(fixture.timeframe)).tolist())
    }
    found = []
    for each in differences:
        at = None if each.seq is None else position.get(each.seq)
        if each.seq is None or at is None:
            found.append(each)
            continue
        there = {k: float(v[at]) for k, v in lines.items() if not math.isnan(v[at])}
        values = {**each.values, **there}
        found.append(replace(each, bar=fixture.row_of(each.seq), values=values))
    return found
