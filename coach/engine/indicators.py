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

EMA = record(("count", "i8"), ("total", "f8"), ("value", "f8"))
WILDER = record(("count", "i8"), ("total", "f8"), ("value", "f8"))

ATR_PERIOD = 14
WINDOW = 20  # of RVOL and of the efficiency ratio
SLOPE_BARS = 5
VOLATILITY_PERIOD = 390
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
    ("er", "f8"),
    ("volatility_ratio", "f8"),
    ("ready", "i8"),  # every input of the confidence is there and ATR14 > 0
    ("ema20", EMA),
    ("ema50", EMA),
    ("true_range", WILDER),
    ("atr_share", EMA),
    ("regime", REGIME),
    # running sums and the last bars
    ("value_traded", "f8"),
    ("volume_traded", "f8"),
    ("path", "f8"),
    ("closes", "f8", (RING,)),
    ("moves", "f8", (RING,)),
    ("volumes", "f8", (RING,)),
    ("ema20s", "f8", (RING,)),
)


@inner
def update_ema(ema: Record, value: float, period: int) -> None:
    """EMA(n): alpha 2/(n+1), seeded with the mean of the first n values."""
    if ema.count >= period:
        ema.value += 2.0 / (period + 1.0) * (value - ema.value)
        return
    if ema.count == 0:
        ema.value = math.nan
    ema.count += 1
    ema.total += value
    if ema.count == period:
        ema.value = ema.total / period


@inner
def update_wilder(wilder: Record, value: float, period: int) -> None:
    """Wilder's smoothing: alpha 1/n, seeded with the mean of the first n values."""
    if wilder.count >= period:
        wilder.value = (wilder.value * (period - 1.0) + value) / period
        return
    if wilder.count == 0:
        wilder.value = math.nan
    wilder.count += 1
    wilder.total += value
    if wilder.count == period:
        wilder.value = wilder.total / period


@inner
def mean_volume(x: Record) -> float:
    """Mean volume of the 20 bars before the current one, summed when asked: exact zeros stay 0."""
    total = 0.0
    for back in range(WINDOW, 0, -1):
        total += x.volumes[(x.index - back) & RING_MASK]
    return total / WINDOW


@inner
def _begin(x: Record) -> None:
    x.atr = math.nan
    x.prev_close = math.nan
    x.er = math.nan
    x.volatility_ratio = math.nan
    x.true_range.value = math.nan


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
def _update_vwap(x: Record, bar_vwap: float) -> None:
    price = bar_vwap if bar_vwap > 0.0 else (x.high + x.low + x.close) / 3.0
    x.value_traded += price * x.volume
    x.volume_traded += x.volume
    x.vwap = x.value_traded / x.volume_traded if x.volume_traded > 0.0 else math.nan


@inner
def _update_path(x: Record, move: float) -> None:
    """Sum of the last 20 |close changes|; summed afresh every 32 bars so that no error grows."""
    slot = x.index & RING_MASK
    x.moves[slot] = move
    x.path += move
    if x.index > WINDOW:
        x.path -= x.moves[(x.index - WINDOW) & RING_MASK]
    if slot == RING_MASK:
        path = 0.0
        for back in range(WINDOW):
            path += x.moves[(x.index - back) & RING_MASK]
        x.path = path


@inner
def _update_er(x: Record) -> None:
    if x.index < WINDOW:
        return
    net = abs(x.close - x.closes[(x.index - WINDOW) & RING_MASK])
    x.er = net / x.path if above(x.path, 0.0, x.close) else 0.0


@inner
def _update_range(x: Record) -> None:
    if x.index == 0:
        return
    true_range = max(x.high - x.low, abs(x.high - x.prev_close), abs(x.low - x.prev_close))
    update_wilder(x.true_range, true_range, ATR_PERIOD)
    x.atr = x.true_range.value
    if x.true_range.count < ATR_PERIOD:
        return
    share = x.atr / x.close
    update_ema(x.atr_share, share, VOLATILITY_PERIOD)
    if x.atr_share.value > 0.0:
        x.volatility_ratio = share / x.atr_share.value


@inner
def update(x: Record, bar: Bar) -> None:
    """Take one closed bar into the core."""
    if x.count == 0:
        _begin(x)
    else:
        x.prev_close = x.close
    x.prev_atr = x.atr
    x.index = x.count
    x.count += 1
    x.ts, x.open, x.high, x.low = bar.ts, bar.open, bar.high, bar.low
    x.close, x.volume = bar.close, bar.volume
    _update_session(x, bar.session_day, bar.session_open)
    _update_vwap(x, bar.vwap)
    if x.index > 0:
        _update_path(x, abs(x.close - x.prev_close))
    _update_er(x)
    _update_range(x)
    update_ema(x.ema20, x.close, 20)
    update_ema(x.ema50, x.close, 50)
    slot = x.index & RING_MASK
    x.closes[slot] = x.close
    x.volumes[slot] = x.volume
    x.ema20s[slot] = x.ema20.value
    update_trend(x.regime, x.er)
    update_volatility(x.regime, x.volatility_ratio)
    x.ready = 1 if x.index >= 19 + SLOPE_BARS and above(x.atr, 0.0, x.close) else 0
