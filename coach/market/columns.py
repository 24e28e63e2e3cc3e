"""Bars as columns of one symbol and timeframe, and their packed form in the cache.

A packed chunk holds the bars of one fixed span of time: its columns one after the other,
little-endian, `ts` as int64, prices and volume as float64; `vwap` follows only where some bar has
one (NaN elsewhere). Fixed spans make writing idempotent: the same bars always land in the same
chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

DAY_MS = 86_400_000
TIMEFRAME_MS: dict[str, int] = {
    "1s": 1_000,
    "1m": 60_000,
    "5m": 300_000,
    "15m": 900_000,
    "1h": 3_600_000,
    "1d": DAY_MS,
}
CHUNK_MS: dict[str, int] = {
    "1s": DAY_MS,
    "1m": 7 * DAY_MS,
    "5m": 35 * DAY_MS,
    "15m": 105 * DAY_MS,
    "1h": 420 * DAY_MS,
    "1d": 10_080 * DAY_MS,
}
"""Span of one chunk: about 10,000 bars of a market that never closes, so that writes stay short."""
NAMES = ("ts", "open", "high", "low", "close", "volume", "vwap")


@dataclass(frozen=True, slots=True, eq=False)
class BarColumns:
    """Bars as equally long columns; `ts` strictly ascending, `vwap` NaN where a bar has none."""

    ts: Int64
    open: Float64
    high: Float64
    low: Float64
    close: Float64
    volume: Float64
    vwap: Float64

    def __len__(self) -> int:
        return len(self.ts)

    def columns(self) -> tuple[NDArray[np.float64] | Int64, ...]:
        """The columns in declared order."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def take(self, which: NDArray[np.bool_] | Int64 | slice) -> Self:
        """The bars that a mask, positions or a slice name."""
        return type(self)(*(column[which] for column in self.columns()))  # type: ignore[arg-type]

    def between(self, start_ms: int, end_ms: int) -> Self:
        """Bars with start_ms <= ts < end_ms, without a copy."""
        first, last = np.searchsorted(self.ts, (start_ms, end_ms))
        return self.take(slice(int(first), int(last)))

    @classmethod
    def empty(cls) -> Self:
        """No bars."""
        return cls(np.empty(0, np.int64), *(np.empty(0) for _ in NAMES[1:]))

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> Self:
        """From rows `(ts, open, high, low, close, volume[, vwap])`."""
        if not rows:
            return cls.empty()
        padded = [(*row, np.nan) if len(row) == len(NAMES) - 1 else tuple(row) for row in rows]
        first, *others = zip(*padded, strict=True)
        return cls(np.array(first, np.int64), *(np.array(each, np.float64) for each in others))

    @classmethod
    def concat(cls, parts: Sequence[BarColumns]) -> Self:
        """Several parts, one after the other."""
        if not parts:
            return cls.empty()
        stacked = zip(*(part.columns() for part in parts), strict=True)
        return cls(*(np.concatenate(each) for each in stacked))


def timeframe_ms(timeframe: str) -> int:
    """Length of a bar in ms, microbars included.

    Raises:
        ValueError: not a timeframe.
    """
    if timeframe not in TIMEFRAME_MS:
        raise ValueError(f"timeframe {timeframe!r} is not one of {', '.join(TIMEFRAME_MS)}")
    return TIMEFRAME_MS[timeframe]


def pack(bars: BarColumns) -> bytes:
    """The bars as one binary."""
    columns = bars.columns() if not bool(np.isnan(bars.vwap).all()) else bars.columns()[:-1]
    return b"".join(
        np.ascontiguousarray(column, "<i8" if index == 0 else "<f8").tobytes()
        for index, column in enumerate(columns)
    )


def unpack(data: bytes | memoryview, count: int) -> BarColumns:
    """The bars of a packed chunk of `count` bars.

    Raises:
        ValueError: the binary is not `count` bars long.
    """
    return unpack_all([(count, data)])


def _width(data: bytes | memoryview, count: int) -> int:
    """How many columns a chunk of `count` bars has: with vwap or without."""
    width, rest = divmod(len(data), 8 * count) if count else (0, 1)
    if rest or width not in (len(NAMES) - 1, len(NAMES)):
        raise ValueError(f"a chunk of {len(data)} bytes does not hold {count} bars")
    return width


def unpack_all(parts: Sequence[tuple[int, bytes | memoryview]]) -> BarColumns:
    """The bars of many packed chunks `(count, data)`, one after the other.

    Raises:
        ValueError: a binary that is not as long as its count says.
    """
    total = sum(count for count, _ in parts)
    ts = np.empty(total, np.int64)
    prices = [np.empty(total) for _ in NAMES[1:-1]]
    prices.append(np.full(total, np.nan))
    at = 0
    for count, data in parts:
        width = _width(data, count)
        ts[at : at + count] = np.frombuffer(data, "<i8", count)
        chunk = np.frombuffer(data, "<f8", offset=8 * count).reshape(width - 1, count)
        for column, values in zip(prices, chunk, strict=False):  # a chunk may be without vwap
            column[at : at + count] = values
        at += count
    return BarColumns(ts, *prices)


def overlay(base: BarColumns, newer: BarColumns) -> BarColumns:
    """Both sets of bars in time order; where both have a bar, the newer one."""
    if len(newer) == 0:
        return base
    if len(base) == 0 or int(base.ts[-1]) < int(newer.ts[0]):
        return BarColumns.concat([base, newer])
    joined = BarColumns.concat([newer, base])
    _, first = np.unique(joined.ts, return_index=True)  # newer comes first, so it is the one kept
    return joined.take(first)


def same(left: BarColumns, right: BarColumns) -> bool:
    """Whether both hold the same bars, to the bit."""
    pairs = zip(left.columns(), right.columns(), strict=True)
    return len(left) == len(right) and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def aggregate(bars: BarColumns, bucket_ms: int) -> BarColumns:
    """Bars of `bucket_ms`, made of shorter ones; a bucket without a bar has none.

    For a source that knows seconds and owes minutes. Rules see higher timeframes through the
    engine's own resampling. A bar without a vwap counts with (high + low + close) / 3.
    """
    if len(bars) == 0:
        return BarColumns.empty()
    bucket = bars.ts // bucket_ms * bucket_ms
    first = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    last = np.append(first[1:], len(bucket)) - 1
    price = np.where(np.isnan(bars.vwap), (bars.high + bars.low + bars.close) / 3, bars.vwap)
    volume = np.add.reduceat(bars.volume, first)
    value = np.add.reduceat(price * bars.volume, first)
    high, low = np.maximum.reduceat(bars.high, first), np.minimum.reduceat(bars.low, first)
    mean = np.divide(value, volume, out=np.full(len(first), np.nan), where=volume > 0)
    return BarColumns(
        ts=bucket[first],
        open=bars.open[first],
        high=high,
        low=low,
        close=bars.close[last],
        volume=volume,
        vwap=np.clip(np.round(mean, 6), low, high),
    )
