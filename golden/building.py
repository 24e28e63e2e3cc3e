"""Making a case out of a stretch of a run: its triggers, its silences, and the bars they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from coach.engine.bars import Bars
from coach.engine.ruleset import RuleSpec, compile_rules
from coach.engine.run import run
from coach.engine.version import engine_version
from golden.differences import TOLERANCE, Fired
from golden.drivers import fired
from golden.fixture import (
    BAR_COLUMNS,
    MAX_BARS,
    Expected,
    ExpectedTrigger,
    Fixture,
    FixtureError,
    Row,
    parse,
)

MIN_WARM_UP = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a case is to be made of. `first_seq` and `last_seq` are inclusive."""

    name: str
    description: str
    symbol: str
    rule_id: str
    timeframe: str
    session: str
    calendar: str
    source: str
    first_seq: int
    last_seq: int
    params: Mapping[str, int | float] = field(default_factory=dict)


def build(draft: Draft, bars: Bars) -> Fixture:
    """The case of a stretch of `bars` (which reach back to the anchor), with the shortest warm-up.

    Raises:
        FixtureError: no bar lies in the range, or it needs more than 5,000 bars.
        RulesRefusedError: unknown rule or parameter, or a value out of bounds.
    """
    ruleset = compile_rules([RuleSpec(draft.rule_id, draft.params)], timeframe=draft.timeframe)
    seqs = bars.ts // ruleset.timeframe_ms
    start = int(np.searchsorted(seqs, draft.first_seq))
    stop = int(np.searchsorted(seqs, draft.last_seq, side="right"))
    if start == stop:
        raise FixtureError(f"from, to: no bar between seq {draft.first_seq} and {draft.last_seq}")

    def triggers_from(first: int) -> list[Fired]:
        got = fired(run(bars.slice(first, stop), ruleset))
        return [each for each in got if each.seq >= draft.first_seq]

    wanted = triggers_from(0)
    first = _shortest(lambda at: _agree(triggers_from(at), wanted), start)
    if stop - first > MAX_BARS:
        raise FixtureError(f"from, to: needs {stop - first} bars, the bound is {MAX_BARS}")
    part = bars.slice(first, stop)
    return parse(
        {
            "name": draft.name,
            "description": draft.description,
            "symbol": draft.symbol,
            "ruleId": draft.rule_id,
            "params": dict(ruleset.rules[0].params),
            "timeframe": draft.timeframe,
            "session": draft.session,
            "calendar": draft.calendar,
            "engineVersion": engine_version(),
            "source": draft.source,
            "bars": rows_of(part),
            "assertFrom": int(seqs[start]),
            "expected": expected_of(wanted, seqs[start:stop].tolist()).model_dump(by_alias=True),
        }
    )


def rows_of(bars: Bars) -> list[Row]:
    """Bars as a fixture's rows; the vwap column only where some bar has one."""
    columns = bars.columns
    width = len(BAR_COLUMNS) - int(np.isnan(columns.vwap).all())
    rows = zip(*(column.tolist() for column in columns[:width]), strict=True)
    return [tuple(None if math.isnan(value) else value for value in row) for row in rows]


def expected_of(triggers: list[Fired], seqs: list[int]) -> Expected:
    """The triggers, and silence on the bars around each and on the last one."""
    fired_at = {each.seq for each in triggers}
    position = {seq: k for k, seq in enumerate(seqs)}
    near = {
        seqs[k]
        for each in triggers
        for k in (position[each.seq] - 1, position[each.seq] + 1)
        if 0 <= k < len(seqs)
    }
    return Expected(
        triggers=tuple(
            ExpectedTrigger(
                seq=each.seq,
                direction="long" if each.direction == "long" else "short",
                confidence=each.confidence,
            )
            for each in triggers
        ),
        silent=tuple(sorted((near | {seqs[-1]}) - fired_at)),
    )


def _agree(got: list[Fired], wanted: list[Fired]) -> bool:
    return len(got) == len(wanted) and all(
        a.seq == b.seq
        and a.direction == b.direction
        and abs(a.confidence - b.confidence) <= TOLERANCE
        for a, b in zip(got, wanted, strict=True)
    )


def _shortest(reproduces: Callable[[int], bool], start: int) -> int:
    """The latest first bar from which, and from each bar tried before it, the triggers come again.

    What is left of an average's start fades with its length, so longer warm-ups agree where a
    shorter one does; the search still checks the one that it returns.
    """
    low, high = 0, max(0, start - MIN_WARM_UP)
    if reproduces(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reproduces(middle) else (low, middle)
    return low
