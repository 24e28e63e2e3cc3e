"""The lines that live draws are the lines that a chart of history shows, to the bit."""

from __future__ import annotations

import numpy as np

from coach.engine.bars import Bars
from coach.engine.live import LiveEvaluator
from coach.engine.ruleset import CORE_RULES, compile_rules
from coach.engine.run import indicators

DAY_MS = 86_400_000
MINUTES = 200


def walk(days: int) -> Bars:
    """A random walk of `days` sessions of 200 minutes, from a Monday."""
    draw = np.random.Generator(np.random.PCG64(7))
    monday = 20_150 - (20_150 + 3) % 7
    day = np.repeat(np.arange(monday, monday + days), MINUTES)
    close = 100 * np.exp(np.cumsum(draw.normal(0, 4e-4, len(day))))
    open_ = np.concatenate(([100.0], close[:-1]))
    spread = np.abs(draw.normal(0, 0.02, len(day)))
    return Bars(
        ts=day * DAY_MS + np.tile(np.arange(MINUTES), days) * 60_000,
        open=open_,
        high=np.maximum(open_, close) + spread,
        low=np.minimum(open_, close) - spread,
        close=close,
        volume=draw.integers(0, 500, len(day)).astype(float),
        vwap=np.full(len(day), np.nan),
        session_day=day.astype(np.int32),
        session_open=day * DAY_MS,
        session_close=day * DAY_MS + MINUTES * 60_000,
    )


def test_live_lines_are_the_lines_of_a_chart() -> None:
    bars = walk(17)  # over two changes of block
    chart = indicators(bars, "1m")
    live = LiveEvaluator(compile_rules(CORE_RULES))
    assert np.isnan(live.lines).all()
    drawn = []
    for index in range(len(bars)):
        live.on_bar(bars.bar(index))
        drawn.append(live.lines)
    for name, line in zip(("ema20", "ema50", "vwap"), np.array(drawn).T, strict=True):
        assert np.array_equal(line, chart[name], equal_nan=True), name
        assert np.isfinite(line).any()
