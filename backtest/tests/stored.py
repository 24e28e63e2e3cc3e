"""Bars in the cache, and runs that have ended, for tests that need the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

from backtest.models import Run
from backtest.request import RunRequest
from backtest.services import create_run, work_on_run
from backtest.tests.factories import day_ms, make_bars
from coach.engine.bars import Bars
from coach.engine.ruleset import CORE_RULES, RuleSpec
from coach.market.columns import BarColumns
from coach.market.services import ensure_instrument, upsert_bars

SYMBOL = "TEST"
FIRST, LAST = dt.date(2024, 3, 4), dt.date(2024, 3, 30)
START, END = dt.date(2024, 3, 18), dt.date(2024, 3, 23)


def store(bars: Bars, *, symbol: str = SYMBOL, calendar: str = "XNYS") -> None:
    """Put bars into the cache under a symbol."""
    ensure_instrument(symbol=symbol, calendar=calendar)
    columns = BarColumns(
        bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.vwap
    )
    report = upsert_bars(symbol=symbol, timeframe="1m", bars=columns)
    assert not report.refused


def stored_bars(*, seed: int = 7, first: dt.date = FIRST, last: dt.date = LAST) -> Bars:
    """Four weeks of minutes, in the cache."""
    bars = make_bars(first, last, seed=seed)
    store(bars)
    return bars


def run_request(*rules: str | RuleSpec, **changes: Any) -> RunRequest:
    """Some rules on a week of the stored bars."""
    specs = tuple(RuleSpec(r) if isinstance(r, str) else r for r in rules or CORE_RULES)
    columns: dict[str, Any] = {
        "symbol": SYMBOL,
        "timeframe": "1m",
        "start_ms": day_ms(START),
        "end_ms": day_ms(END),
    }
    return RunRequest(**columns | changes, rules=specs)


def finished_run(user_id: str, *rules: str | RuleSpec, **changes: Any) -> Run:
    """A run that was done in this process."""
    stored_bars()
    run = create_run(user_id=user_id, request=run_request(*rules, **changes))
    work_on_run(run.pk)
    run.refresh_from_db()
    assert run.status == "done", run.error
    return run
