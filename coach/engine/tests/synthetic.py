"""Random bars for tests: a pure function of a few knobs, so that a failing case can be shrunk."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from coach.engine.bars import Bars

DAY_MS, MINUTE_MS = 86_400_000, 60_000
MONDAY = 15_992  # 2013-10-14


@dataclass(frozen=True)
class Market:
    """Knobs: prices on a tick grid make exact ties and flat stretches likely."""

    seed: int = 1
    sessions: int = 5
    minutes: int = 90
    first_day: int = MONDAY
    tick: float = 0.01
    sigma: float = 8e-4
    holes: float = 0.0
    flat: float = 0.1
    silent: float = 0.05
    with_vwap: bool = False
    late_start: int = 0  # minutes missing at the very beginning


def markets(**fixed: object) -> st.SearchStrategy[Market]:
    """Markets of every kind; ``fixed`` pins knobs."""
    knobs: dict[str, st.SearchStrategy[object]] = {
        "seed": st.integers(0, 2**32 - 1),
        "sessions": st.integers(1, 4),
        "minutes": st.integers(30, 120),
        "tick": st.sampled_from([0.01, 0.05, 0.25, 1e-6]),
        "sigma": st.sampled_from([1e-4, 8e-4, 4e-3]),
        "holes": st.sampled_from([0.0, 0.1, 0.4]),
        "flat": st.sampled_from([0.0, 0.2, 0.8]),
        "silent": st.sampled_from([0.0, 0.1, 0.9]),
        "with_vwap": st.booleans(),
    }
    knobs |= {name: st.just(value) for name, value in fixed.items()}
    return st.builds(Market, **knobs)


def session_days(market: Market) -> list[int]:
    """Weekdays from the first day on."""
    days = range(market.first_day, market.first_day + 2 * market.sessions + 7)
    return [day for day in days if (day + 3) % 7 < 5][: market.sessions]


def make_bars(market: Market) -> Bars:
    """Bars of 1m, sessions from 14:30 UTC."""
    rng = np.random.default_rng(market.seed)
    days = np.repeat(session_days(market), market.minutes)
    opened = days * DAY_MS + 870 * MINUTE_MS
    ts = opened + np.tile(np.arange(market.minutes), market.sessions) * MINUTE_MS
    count = len(ts)
    still = rng.random(count) < market.flat
    moves = np.where(still, 0.0, rng.normal(0, market.sigma, count))
    path = 50.0 * np.exp(np.cumsum(moves))
    close = np.round(path / market.tick) * market.tick
    before = np.concatenate(([close[0]], close[:-1]))
    jump = np.where(rng.random(count) < 0.5, 0.0, rng.normal(0, market.sigma / 2, count))
    jump[still] = 0.0
    opening = np.round(before * np.exp(jump) / market.tick) * market.tick
    reach = np.where(still, 0.0, np.abs(rng.normal(0, market.sigma, count)))
    top, bottom = np.maximum(opening, close), np.minimum(opening, close)
    high = np.maximum(top, np.round(top * (1 + reach) / market.tick) * market.tick)
    low = np.minimum(bottom, np.round(bottom * (1 - reach) / market.tick) * market.tick)
    low = np.minimum(np.maximum(low, market.tick), bottom)
    volume = np.where(rng.random(count) < market.silent, 0.0, np.round(rng.lognormal(6, 1, count)))
    inside = low + (high - low) * rng.random(count)
    vwap = inside if market.with_vwap else np.full(count, math.nan)
    keep = rng.random(count) >= market.holes
    keep[: market.late_start] = False
    closed = opened + market.minutes * MINUTE_MS
    columns: list[Any] = [
        ts,
        opening,
        high,
        np.minimum(low, bottom),
        close,
        volume,
        vwap,
        days,
        opened,
        closed,
    ]
    return Bars(*(column[keep] for column in columns))
