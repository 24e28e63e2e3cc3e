"""From a finished run to a case: which of its bars, and whether they say what the run says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.execution import NoBarsError, market_for
from backtest.request import RequestError, RunRequest, moment_ms
from backtest.selectors import DoneRun, triggers_between
from backtest.window import Market
from coach.market.selectors import UnknownSymbolError
from golden.building import Draft, build
from golden.differences import TOLERANCE
from golden.fixture import Fixture, FixtureError

DEFAULT_BARS = 1_950
"""Without a range: the last sessions of the run that hold no more bars (five days of minutes)."""


class StaleRunError(ValueError):
    """What the run found is not what its bars and the evaluator say now."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become a case. `start` and `end` as a run's; None leaves the choice to Coach."""

    rule_id: str
    name: str
    notes: str = ""
    start: int | str | None = None
    end: int | str | None = None


def case_of(run: DoneRun, wish: Wish) -> Fixture:
    """A run's rule on a stretch of its bars.

    Raises:
        RequestError: the run has no such rule, or the stretch lies outside it, is empty or too
            long; names the field.
        StaleRunError: bars or evaluator have changed since the run.
    """
    request = run.request
    params = {each.rule_id: each.params for each in request.rules}
    if wish.rule_id not in params:
        raise RequestError("ruleId", f"the run has {', '.join(params)}")
    market = _market(request)
    first, stop = _positions(market, request, wish)
    bars = market.bars.slice(0, stop)
    seqs = bars.ts // request.ruleset().timeframe_ms
    draft = Draft(
        name=wish.name,
        description=wish.notes or _told(request, wish.rule_id),
        symbol=request.symbol,
        rule_id=wish.rule_id,
        params=params[wish.rule_id],
        timeframe=request.timeframe,
        session=request.session,
        calendar=market.window.calendar,
        source=f"Bars of {request.symbol} in Coach's cache; source and licence not yet stated.",
        first_seq=int(seqs[first]),
        last_seq=int(seqs[-1]),
    )
    try:
        fixture = build(draft, bars)
    except FixtureError as error:
        raise RequestError("from", str(error)) from error
    _check_fresh(run, fixture, int(bars.ts[first]), int(bars.ts[-1]))
    return fixture


def _told(request: RunRequest, rule_id: str) -> str:
    return f"{rule_id} on {request.symbol} {request.timeframe}, promoted from a run."


def _market(request: RunRequest) -> Market:
    try:
        return market_for(request)
    except (NoBarsError, UnknownSymbolError) as error:
        raise StaleRunError(f"The run's bars are gone: {error}") from error


def _positions(market: Market, request: RunRequest, wish: Wish) -> tuple[int, int]:
    """The stretch as positions [first, stop) in the market's bars."""
    calendar = market.window.calendar
    start, end = (
        None if value is None else moment_ms(value, calendar, request.session, field=field)
        for field, value in (("from", wish.start), ("to", wish.end))
    )
    for field, moment in (("from", start), ("to", end)):
        if moment is not None and not request.start_ms <= moment <= request.end_ms:
            words = f"the run reaches from {request.start_ms} to {request.end_ms} (epoch ms)"
            raise RequestError(field, words)
    if start is not None and end is not None and end <= start:
        raise RequestError("to", f"must be after from, which is {start}; it is {end}")
    stop = market.stop if end is None else min(market.stop, market.bars.position(end))
    first = _last_sessions(market, stop) if start is None else market.bars.position(start)
    if first >= stop:
        raise RequestError("from", "the run has no bar in this range")
    return max(first, market.first), stop


def _last_sessions(market: Market, stop: int) -> int:
    """Where the last whole sessions begin that have no more than the default's bars; at least one
    session, however long."""
    days = market.bars.session_day[market.first : stop]
    if not len(days):
        return stop
    starts = market.first + np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    short = starts[stop - starts <= DEFAULT_BARS]
    return int(short[0] if len(short) else starts[-1])


def _check_fresh(run: DoneRun, fixture: Fixture, first_ts: int, last_ts: int) -> None:
    again = "run it again and promote that one."
    kept = triggers_between(run.run_key, fixture.rule_id, first_ts, last_ts)
    if kept is None:
        raise StaleRunError(f"The run's result was pruned; {again}")
    now = [
        (each.seq, 1 if each.direction == "long" else -1, each.confidence)
        for each in fixture.expected.triggers
    ]
    same = len(kept) == len(now) and all(
        (was.seq, was.direction) == (seq, direction)
        and abs(was.confidence - confidence) <= TOLERANCE
        for was, (seq, direction, confidence) in zip(kept, now, strict=True)
    )
    if not same:
        raise StaleRunError(f"Bars or evaluator have changed since the run; {again}")
