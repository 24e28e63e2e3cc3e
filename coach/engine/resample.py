"""Higher timeframes from 1m bars, live and offline by one function.

Buckets are aligned to the session's open and cut at its close; ts = bucket start (1d: 00:00 UTC of
the session's date). A bucket closes when its end has passed; an unfinished one is never emitted.
Its vwap is sum(p * v) / sum(v) of its 1m bars, p = the bar's vwap, else (high + low + close) / 3.
"""

import math

import numpy as np

from coach.engine.bars import Bar, Bars, Columns
from coach.engine.columns import BARS, bar_at
from coach.engine.jit import ensure, entry, i8, inner, records
from coach.engine.layout import DAY_MS, TIMEFRAME_MS, Record, RecordArray, record, timeframe_ms

MINUTE_MS = TIMEFRAME_MS["1m"]

BUCKET = record(
    ("ts", "i8"),
    ("end", "i8"),
    ("open", "f8"),
    ("high", "f8"),
    ("low", "f8"),
    ("close", "f8"),
    ("volume", "f8"),
    ("vwap", "f8"),
    ("session_day", "i8"),
    ("session_open", "i8"),
    ("session_close", "i8"),
    ("value", "f8"),
    ("filled", "i8"),
)
_BUCKETS = records(BUCKET)


@inner
def _begin(b: Record, bar: Bar, step_ms: int) -> None:
    if step_ms == DAY_MS:
        b.ts = bar.session_day * DAY_MS
        b.end = bar.session_close
    else:
        start = bar.session_open + (bar.ts - bar.session_open) // step_ms * step_ms
        b.ts = start
        b.end = min(start + step_ms, bar.session_close)
    b.session_day = bar.session_day
    b.session_open, b.session_close = bar.session_open, bar.session_close
    b.open, b.high, b.low = bar.open, bar.high, bar.low
    b.volume = b.value = 0.0
    b.filled = 1


@inner
def _take(b: Record, bar: Bar) -> None:
    b.high = max(b.high, bar.high)
    b.low = min(b.low, bar.low)
    b.close = bar.close
    price = bar.vwap if bar.vwap > 0.0 else (bar.high + bar.low + bar.close) / 3.0
    b.volume += bar.volume
    b.value += price * bar.volume


@inner
def _close(b: Record, out: RecordArray, n: int) -> int:
    b.vwap = b.value / b.volume if b.volume > 0.0 else math.nan
    out[n] = b
    b.filled = 0
    return n + 1


@inner
def fold(b: Record, bar: Bar, step_ms: int, out: RecordArray, n: int) -> int:
    """One 1m bar into the open bucket; buckets that closed to ``out[n:]``; returns the new n."""
    if b.filled == 1 and (bar.ts >= b.end or bar.session_day != b.session_day):
        n = _close(b, out, n)
    if b.filled == 0:
        _begin(b, bar, step_ms)
    _take(b, bar)
    if bar.ts + MINUTE_MS >= b.end:
        n = _close(b, out, n)
    return n


@entry(_BUCKETS, _BUCKETS, BARS, i8)
def fold_kernel(state: RecordArray, out: RecordArray, bars: Columns, step_ms: int) -> int:
    """Fold 1m bars; returns the number of closed buckets in ``out``."""
    n = 0
    for i in range(bars.ts.shape[0]):
        n = fold(state[0], bar_at(bars, i), step_ms, out, n)
    return n


@entry(_BUCKETS, _BUCKETS, i8)
def close_kernel(state: RecordArray, out: RecordArray, now: int) -> int:
    """Close the open bucket if its end has passed at market time ``now``."""
    if state[0].filled == 1 and now >= state[0].end:
        return _close(state[0], out, 0)
    return 0


def _bars(buckets: RecordArray) -> Bars:
    return Bars(*(buckets[name] for name in Columns._fields))


class Resampler:
    """Folds 1m bars of one symbol into one higher timeframe, as they come."""

    def __init__(self, timeframe: str) -> None:
        step_ms = timeframe_ms(timeframe)
        if step_ms == MINUTE_MS:
            raise ValueError("timeframe 1m is not resampled")
        self._step_ms = step_ms
        self._state = np.zeros(1, BUCKET)
        ensure(fold_kernel)
        ensure(close_kernel)

    def on_bars(self, minutes: Bars) -> Bars:
        """Take closed 1m bars in order; returns the buckets that have closed, possibly none."""
        out = np.zeros(len(minutes) + 1, BUCKET)
        count = fold_kernel(self._state, out, minutes.columns, self._step_ms)
        return _bars(out[:count])

    def on_clock(self, now: int) -> Bars:
        """The market clock reached ``now`` (epoch ms UTC); returns the bucket it closed, if any."""
        out = np.zeros(1, BUCKET)
        return _bars(out[: close_kernel(self._state, out, now)])


def resample(minutes: Bars, timeframe: str, *, as_of: int | None = None) -> Bars:
    """1m bars of one symbol as a higher timeframe (``1m`` is returned as it is).

    ``as_of``: market time up to which ``minutes`` are complete (default: the last bar's end); the
    last bucket is emitted only if its end has passed by then.
    """
    if timeframe == "1m" or not len(minutes):
        return minutes
    resampler = Resampler(timeframe)
    closed = resampler.on_bars(minutes)
    if as_of is None:
        return closed
    return Bars.concat([closed, resampler.on_clock(as_of)])
