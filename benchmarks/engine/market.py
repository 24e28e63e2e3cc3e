"""The bars that everything here is measured on: a million minutes, round the clock, from a seed."""

import math

import numpy as np

from coach.engine.bars import Bars

DAY_MS, MINUTE_MS = 86_400_000, 60_000
SEED = 20_131_008
MONDAY = 15_992


def minutes(count: int, seed: int = SEED) -> Bars:
    """A geometric walk of one-minute bars with clustered volatility; sessions are UTC days."""
    rng = np.random.Generator(np.random.PCG64(seed))
    sigma = 4e-4 * np.exp(0.4 * np.sin(np.arange(count) / 700.0))
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 1.0, count) * sigma))
    opened = np.concatenate(([100.0], close[:-1]))
    up, down = np.abs(rng.normal(0.0, 0.5, (2, count))) * sigma
    ts = MONDAY * DAY_MS + np.arange(count, dtype=np.int64) * MINUTE_MS
    day = (ts // DAY_MS).astype(np.int32)
    opened_at = ts // DAY_MS * DAY_MS
    return Bars(
        ts=ts,
        open=opened,
        high=np.maximum(opened, close) * (1.0 + up),
        low=np.minimum(opened, close) * (1.0 - down),
        close=close,
        volume=np.round(rng.lognormal(7.0, 0.9, count)),
        vwap=np.full(count, math.nan),
        session_day=day,
        session_open=opened_at,
        session_close=opened_at + DAY_MS,
    )
