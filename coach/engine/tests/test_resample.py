"""Higher timeframes: aligned to the session, cut at its close, the same live and offline."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.engine.bars import COLUMNS, Bar, Bars
from coach.engine.resample import Resampler, resample
from coach.engine.tests.synthetic import DAY_MS, MINUTE_MS, Market, make_bars, markets

STEPS = {"5m": 5, "15m": 15, "1h": 60}


def naive(minutes: Bars, timeframe: str) -> list[Bar]:
    """Every bucket, finished or not, in plain Python."""
    buckets: dict[tuple[int, int], list[Bar]] = {}
    for i in range(len(minutes)):
        bar = minutes.bar(i)
        step = STEPS.get(timeframe, 1440) * MINUTE_MS
        number = 0 if timeframe == "1d" else (bar.ts - bar.session_open) // step
        buckets.setdefault((bar.session_day, number), []).append(bar)
    out = []
    for (day, number), bars in buckets.items():
        first = bars[0]
        start = first.session_open + number * STEPS.get(timeframe, 0) * MINUTE_MS
        volume = sum(bar.volume for bar in bars)
        typical = [(b.high + b.low + b.close) / 3 if math.isnan(b.vwap) else b.vwap for b in bars]
        value = sum(p * b.volume for p, b in zip(typical, bars, strict=True))
        out.append(
            Bar(
                day * DAY_MS if timeframe == "1d" else start,
                first.open,
                max(bar.high for bar in bars),
                min(bar.low for bar in bars),
                bars[-1].close,
                volume,
                value / volume if volume else math.nan,
                day,
                first.session_open,
                first.session_close,
            )
        )
    return out


@settings(max_examples=30, deadline=None)
@given(markets(), st.sampled_from(["5m", "15m", "1h", "1d"]))
def test_against_a_naive_reading(market: Market, timeframe: str) -> None:
    minutes = make_bars(market)
    end = int(minutes.session_close[-1]) if len(minutes) else 0
    got = resample(minutes, timeframe, as_of=end)
    expected = naive(minutes, timeframe)
    assert len(got) == len(expected)
    for i, bar in enumerate(expected):
        assert got.bar(i)[:6] == bar[:6]
        assert got.bar(i)[7:] == bar[7:]
        np.testing.assert_allclose(got.bar(i).vwap, bar.vwap, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(markets(), st.sampled_from(["5m", "15m", "1h", "1d"]))
def test_live_is_offline(market: Market, timeframe: str) -> None:
    minutes = make_bars(market)
    live = Resampler(timeframe)
    parts = []
    for i in range(len(minutes)):
        parts.append(live.on_clock(int(minutes.ts[i])))  # the clock runs ahead of the bar
        parts.append(live.on_bars(minutes.slice(i, i + 1)))
    if not parts:
        return
    whole = resample(minutes, timeframe)
    joined = Bars.concat(parts)
    for name in COLUMNS:
        assert getattr(joined, name).tobytes() == getattr(whole, name).tobytes(), name


def test_an_unfinished_bucket_is_never_emitted() -> None:
    minutes = make_bars(Market(seed=2, sessions=1, minutes=62))
    hour, rest = minutes.slice(0, 60), minutes.slice(0, 61)
    assert len(resample(minutes.slice(0, 59), "1h")) == 0
    assert len(resample(hour, "1h")) == 1  # its last minute has closed
    assert len(resample(rest, "1h")) == 1
    close = int(minutes.session_close[0])
    assert len(resample(rest, "1h", as_of=close - 1)) == 1
    assert len(resample(rest, "1h", as_of=close)) == 2  # cut at the session's close
    assert len(resample(minutes, "1d", as_of=close)) == 1


def test_a_missing_last_minute_waits_for_the_clock_or_the_next_bar() -> None:
    minutes = make_bars(Market(seed=2, sessions=1, minutes=20))
    live = Resampler("5m")
    assert len(live.on_bars(minutes.slice(0, 4))) == 0
    assert len(live.on_clock(int(minutes.ts[4]))) == 0
    assert len(live.on_clock(int(minutes.ts[5]))) == 1
    assert len(live.on_clock(int(minutes.ts[5]))) == 0
    assert len(live.on_bars(minutes.slice(6, 8))) == 0
    assert live.on_bars(minutes.slice(11, 12)).ts.tolist() == [int(minutes.ts[5])]


def test_seq_of_an_off_grid_bucket_and_what_is_refused() -> None:
    minutes = make_bars(Market(seed=2, sessions=2, minutes=120))
    hours = resample(minutes, "1h")
    assert (hours.ts % 3_600_000 == 1_800_000).all()  # 14:30 and on
    assert resample(minutes, "1m") is minutes
    with pytest.raises(ValueError, match="1m is not resampled"):
        Resampler("1m")
    with pytest.raises(ValueError, match="'2h' is not one of"):
        Resampler("2h")
