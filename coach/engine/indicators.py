"""Indicators that every rule and the confidence share, updated bar by bar.

``CORE`` holds the current bar and its indicators: it is what a rule's ``step`` reads as ``x``.
Indicators run across sessions; only VWAP and the session's bar count start anew. An indicator
without enough bars is NaN.

EMA, ATR and their seeds follow TA-Lib; Wilder's ATR: J. W. Wilder, "New Concepts in Technical
Trading Systems", 1978. Efficiency ratio: P. J. Kaufman, "Trading Systems and Methods".
"""

import math

from coach.engine.bars import Bar
from coach.engine.compare import above
from coach.engine.jit import inner
from coach.engine.layout import Record, record
from coach.engine.regime import REGIME, update_trend, update_volatility

AVERAGE = record(("count", "i8"), ("total", "f8"), ("alpha", "f8"), ("value", "f8"))

ATR_PERIOD = 14
WINDOW = 20  # of RVOL and of the efficiency ratio
SLOPE_BARS = 5
VOLATILITY_PERIOD = 390
THIRD = 1.0 / 3.0
RING, RING_MASK = 32, 31  # the power of two above WINDOW

CORE = record(
    # the current bar
    ("ts", "i8"),
    ("session_day", "i8"),
    ("session_open", "i8"),
    ("open", "f8"),
    ("high", "f8"),
    ("low", "f8"),
    ("close", "f8"),
    ("volume", "f8"),
    ("index", "i8"),  # bars before this one since the anchor
    ("session_bar", "i8"),  # bars before this one in its session
    ("count", "i8"),  # bars so far, this one included
    ("cold", "i8"),  # 1 where the data began after the anchor
    # indicators
    ("atr", "f8"),
    ("prev_atr", "f8"),
    ("prev_close", "f8"),
    ("vwap", "f8"),
    ("ema20", AVERAGE),
    ("ema50", AVERAGE),
    ("true_range", AVERAGE),
    ("atr_share", AVERAGE),
    ("regime", REGIME),
    # running sums and the last bars
    ("value_traded", "f8"),
    ("volume_traded", "f8"),
    ("path", "f8"),
    ("net", "f8"),
    ("closes", "f8", (RING,)),
    ("volumes", "f8", (RING,)),
    ("ema20s", "f8", (RING,)),
)


@inner
def _average(average: Record, value: float, period: int, alpha_of: float) -> None:
    """Exponential average with alpha ``alpha_of / (period + alpha_of - 1)``, seeded with a mean."""
    if average.count >= period:
        average.value += average.alpha * (value - average.value)
        return
    if average.count == 0:
        average.value = math.nan
        average.alpha = alpha_of / (period + alpha_of - 1.0)
    average.count += 1
    average.total += value
    if average.count == period:
        average.value = average.total / period


@inner
def update_ema(average: Record, value: float, period: int) -> None:
    """EMA(n): alpha 2/(n+1), seeded with the mean of the first n values."""
    _average(average, value, period, 2.0)


@inner
def update_wilder(average: Record, value: float, period: int) -> None:
    """Wilder's smoothing: alpha 1/n, seeded with the mean of the first n values."""
    _average(average, value, period, 1.0)


@inner
def mean_volume(x: Record) -> float:
    """Mean volume of the 20 bars before the current one, summed when asked: exact zeros stay 0.

    Four partial sums, because one chain of twenty additions is mostly waiting.
    """
    a = b = c = d = 0.0
    for back in range(1, WINDOW, 4):
        a += x.volumes[(x.index - back) & RING_MASK]
        b += x.volumes[(x.index - back - 1) & RING_MASK]
        c += x.volumes[(x.index - back - 2) & RING_MASK]
        d += x.volumes[(x.index - back - 3) & RING_MASK]
    return ((a + b) + (c + d)) / WINDOW


@inner
def is_ready(x: Record) -> bool:
    """True if every input of the confidence is there and ATR14 > 0; else every rule is silent."""
    return bool(x.index >= 19 + SLOPE_BARS and above(x.atr, 0.0, x.close))


@inner
def efficiency_ratio(x: Record) -> float:
    """ER20 from bar 20 on: net change over the path of the closes, 0 if nothing moved."""
    ratio: float = x.net / x.path if x.path > 0.0 else 0.0
    return ratio


@inner
def _update_session(x: Record, day: int, opened: int) -> None:
    if x.index == 0 or day != x.session_day:
        x.session_day = day
        x.session_bar = 0
        x.value_traded = 0.0
        x.volume_traded = 0.0
    else:
        x.session_bar += 1
    x.session_open = opened


@inner
def _update_vwap(x: Record, bar: Bar) -> None:
    price = bar.vwap if bar.vwap > 0.0 else (bar.high + bar.low + bar.close) * THIRD
    value = x.value_traded + price * bar.volume
    volume = x.volume_traded + bar.volume
    x.value_traded, x.volume_traded = value, volume
    # The reciprocal does not wait for the value: a division is the longest wait of a bar.
    x.vwap = value * (1.0 / volume) if volume > 0.0 else math.nan


@inner
def _update_path(x: Record, close: float) -> None:
    """Net change and path of the last 20 closes; summed afresh every 32 bars: no error grows."""
    index = x.index
    path = x.path + abs(close - x.prev_close)
    if index >= WINDOW:
        oldest = x.closes[(index - WINDOW) & RING_MASK]
        x.net = abs(close - oldest)
        if index > WINDOW:
            path -= abs(oldest - x.closes[(index - WINDOW - 1) & RING_MASK])
        if index & RING_MASK == 0:
            path = abs(close - x.prev_close)
            for back in range(1, WINDOW):
                later = x.closes[(index - back) & RING_MASK]
                path += abs(later - x.closes[(index - back - 1) & RING_MASK])
    x.path = path


@inner
def _update_range(x: Record, bar: Bar) -> None:
    previous = x.prev_close
    true_range = max(bar.high - bar.low, abs(bar.high - previous), abs(bar.low - previous))
    update_wilder(x.true_range, true_range, ATR_PERIOD)
    x.atr = x.true_range.value
    if x.true_range.count == ATR_PERIOD:
        share = x.atr * (1.0 / bar.close)
        update_ema(x.atr_share, share, VOLATILITY_PERIOD)
        if x.atr_share.count == VOLATILITY_PERIOD:
            update_volatility(x.regime, share, x.atr_share.value)


@inner
def update(x: Record, bar: Bar) -> None:
    """Take one closed bar into the core."""
    index = x.count
    x.index = index
    x.count = index + 1
    x.prev_close = x.close if index > 0 else math.nan
    x.prev_atr = x.atr if index > 0 else math.nan
    x.ts, x.open, x.high, x.low = bar.ts, bar.open, bar.high, bar.low
    x.close, x.volume = bar.close, bar.volume
    _update_session(x, bar.session_day, bar.session_open)
    _update_vwap(x, bar)
    update_ema(x.ema20, bar.close, 20)
    update_ema(x.ema50, bar.close, 50)
    if index > 0:
        _update_range(x, bar)
        _update_path(x, bar.close)
    else:
        x.atr = math.nan
    if index >= WINDOW:
        update_trend(x.regime, x.net, x.path)
    slot = index & RING_MASK
    x.closes[slot] = bar.close
    x.volumes[slot] = bar.volume
    x.ema20s[slot] = x.ema20.value
