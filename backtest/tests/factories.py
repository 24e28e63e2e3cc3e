"""Bars made from a seed: a random walk with a little drift that changes, gaps and quiet minutes."""

from __future__ import annotations

import datetime as dt

import numpy as np

from backtest.engine import Evaluation, evaluate, prepare, threads
from backtest.window import Market, Window
from coach.engine.bars import Bars
from coach.engine.resample import resample
from coach.engine.ruleset import CORE_RULES, RuleSet, RuleSpec, compile_rules
from coach.market.calendars import DAY_MS, calendar_version, day_of, session_table


def day_ms(date: dt.date) -> int:
    return day_of(date) * DAY_MS


def make_bars(
    first: dt.date, last: dt.date, *, seed: int = 0, calendar: str = "XNYS", holes: float = 0.01
) -> Bars:
    """Minute bars of the sessions from ``first`` to before ``last``; some minutes have no bar."""
    table = session_table(calendar, day_ms(first), day_ms(last))
    lengths = ((table.close_ms - table.open_ms) // 60_000).tolist()
    ts = np.concatenate(
        [np.arange(a, b, 60_000) for a, b in zip(table.open_ms, table.close_ms, strict=True)]
    )
    columns = [np.repeat(each, lengths) for each in (table.day, table.open_ms, table.close_ms)]
    random = np.random.default_rng(seed)
    drift = np.repeat(random.normal(0, 6e-5, len(ts) // 60 + 1), 60)[: len(ts)]
    close = np.round(100 * np.exp(np.cumsum(random.normal(drift, 6e-4))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.maximum(opened, close) + np.round(np.abs(random.normal(0, 0.03, len(ts))), 2)
    low = np.minimum(opened, close) - np.round(np.abs(random.normal(0, 0.03, len(ts))), 2)
    volume = np.round(random.lognormal(8, 0.7, len(ts)))
    bars = (ts, opened, high, low, close, volume, np.full(len(ts), np.nan), *columns)
    kept = random.random(len(ts)) >= holes
    return Bars(*(each[kept] for each in bars))


def window_of(
    bars: Bars,
    start: dt.date | int,
    end: dt.date | int,
    *,
    timeframe: str = "1m",
    calendar: str = "XNYS",
) -> Window:
    start_ms, end_ms = (each if isinstance(each, int) else day_ms(each) for each in (start, end))
    return Window(
        "TEST", timeframe, start_ms, end_ms, "regular", calendar, calendar_version(calendar)
    )


def rules_of(*specs: str | RuleSpec, timeframe: str = "1m") -> RuleSet:
    return compile_rules(specs or CORE_RULES, timeframe=timeframe)


def market_from(
    bars: Bars, start: dt.date | int, end: dt.date | int, *, timeframe: str = "1m", workers: int = 1
) -> Market:
    found = resample(bars, timeframe)
    as_of = int(bars.ts[-1]) + 60_000
    with threads(workers) as pool:
        return prepare(
            window_of(bars, start, end, timeframe=timeframe), found, as_of=as_of, pool=pool
        )


def evaluation_from(
    bars: Bars, start: dt.date | int, end: dt.date | int, *specs: str | RuleSpec, workers: int = 1
) -> Evaluation:
    with threads(workers) as pool:
        return evaluate(market_from(bars, start, end), rules_of(*specs), pool=pool)
