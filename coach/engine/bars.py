"""Closed bars as columns, and the refusal of bad ones.

``Bars`` is what every driver hands to the engine. The engine knows no calendar: each bar carries
its session (date, open, close), computed by whoever owns the calendar.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coach.engine.layout import DAY_MS, timeframe_ms

PRICE_MIN, PRICE_MAX = 1e-12, 1e12
VOLUME_MAX = 1e18
COLUMNS = {
    "ts": "i8",
    "open": "f8",
    "high": "f8",
    "low": "f8",
    "close": "f8",
    "volume": "f8",
    "vwap": "f8",
    "session_day": "i4",
    "session_open": "i8",
    "session_close": "i8",
}


class Bar(NamedTuple):
    """One closed bar. ``ts`` and session times in epoch ms UTC; ``vwap`` NaN if there is none."""

    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float
    session_day: int
    session_open: int
    session_close: int


class Columns(NamedTuple):
    """The columns of ``Bars`` as compiled code takes them; also one bar each of many symbols."""

    ts: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    vwap: NDArray[np.float64]
    session_day: NDArray[np.int32]
    session_open: NDArray[np.int64]
    session_close: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Closed bars of one symbol and timeframe, oldest first; equally long read-only columns.

    ``ts``: bar open, epoch ms UTC, strictly increasing. ``vwap``: NaN where the bar has none.
    ``session_day``: days since 1970-01-01 of the session's date. ``session_open``,
    ``session_close``: the session's bounds in epoch ms UTC.
    """

    ts: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    vwap: NDArray[np.float64]
    session_day: NDArray[np.int32]
    session_open: NDArray[np.int64]
    session_close: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Bring every column to its type, contiguous and read-only; refuse unequal lengths."""
        for name, column in typed_columns(self)._asdict().items():
            object.__setattr__(self, name, column)
        if len(self.ts) > 1 and not bool(np.all(self.ts[1:] > self.ts[:-1])):
            row = int(np.flatnonzero(self.ts[1:] <= self.ts[:-1])[0]) + 1
            raise ValueError(f"row {row}: ts {self.ts[row]} does not increase")

    def __len__(self) -> int:
        """Number of bars."""
        return len(self.ts)

    @property
    def columns(self) -> Columns:
        """The columns in declared order."""
        return Columns(*(getattr(self, name) for name in COLUMNS))

    def slice(self, start: int, stop: int) -> Self:
        """Bars [start, stop) by position, without a copy."""
        cut: list[Any] = [column[start:stop] for column in self.columns]
        return type(self)(*cut)

    def bar(self, index: int) -> Bar:
        """One bar as Python values."""
        return Bar(*(column[index].item() for column in self.columns))

    def position(self, ts: int) -> int:
        """Position of the first bar with ``bar.ts >= ts``."""
        return int(np.searchsorted(self.ts, ts))

    @classmethod
    def of(cls, bars: Sequence[Bar]) -> Self:
        """Bars from single bars."""
        rows = list(zip(*bars, strict=True)) if bars else [()] * len(COLUMNS)
        return cls(
            *(np.array(row, dtype) for row, dtype in zip(rows, COLUMNS.values(), strict=True))
        )

    @classmethod
    def concat(cls, parts: Sequence["Bars"]) -> Self:
        """Bars of several parts, in order."""
        return cls(
            *(np.concatenate(each) for each in zip(*(p.columns for p in parts), strict=True))
        )


_DTYPES = tuple(np.dtype(dtype) for dtype in COLUMNS.values())


def one_bar(bar: Bar) -> Columns:
    """One bar as read-only columns of length 1, without the checks of ``Bars``.

    Live code hands compiled code a bar at a time; building ``Bars`` costs ten times the kernel.
    """
    columns: list[Any] = []
    for value, dtype in zip(bar, _DTYPES, strict=True):
        column = np.array((value,), dtype)
        column.setflags(write=False)
        columns.append(column)
    return Columns(*columns)


def typed_columns(source: "Bars | Columns") -> Columns:
    """Every column in its type, contiguous and read-only.

    Raises:
        ValueError: columns of different lengths.
    """
    out: list[Any] = []
    for name, dtype in COLUMNS.items():
        column = np.ascontiguousarray(getattr(source, name), dtype=dtype).view()
        if column.shape != (len(source.ts),):
            raise ValueError(f"column {name} has shape {column.shape}, ts has {len(source.ts)}")
        column.setflags(write=False)
        out.append(column)
    return Columns(*out)


class Refusal(NamedTuple):
    """A bad bar: its position in the batch (from 0), its ts where readable, field and reason."""

    row: int
    ts: int | None
    field: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a batch comes to: positions of the good rows, and each refused row with its reason."""

    accepted: NDArray[np.int64]
    refusals: tuple[Refusal, ...]


def check_bars(  # noqa: PLR0913 - a batch has so many columns, each passed by name
    *,
    ts: ArrayLike,
    open: ArrayLike,  # noqa: A002 - the field's own name
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    vwap: ArrayLike | None = None,
    vwap_given: ArrayLike | None = None,
    timeframe: str = "1m",
    grid_origin: ArrayLike | None = None,
    last_ts: int | None = None,
) -> Checked:
    """Refuse bad bars one by one; nothing else of the batch is lost.

    Args:
        vwap_given: mask of the rows that have a vwap; without it every row of ``vwap`` counts.
        timeframe: the grid that ts must lie on.
        grid_origin: per row, where the grid of an off-hour timeframe begins (the session's open).
        last_ts: largest ts accepted before this batch.

    Raises:
        ValueError: columns of different lengths, or a column that holds no numbers.
    """
    stamps, columns = _numeric(
        ts, {"open": open, "high": high, "low": low, "close": close, "volume": volume}
    )
    count = len(stamps)
    given = np.zeros(count, bool)
    if vwap is not None:
        given = np.ones(count, bool) if vwap_given is None else np.asarray(vwap_given, bool)
        columns["vwap"] = np.where(given, _numbers("vwap", vwap, count), 1.0)
    reasons: dict[int, tuple[str, str]] = {}
    _check_ts(stamps, timeframe, grid_origin, reasons)
    _check_values(columns, reasons)
    _check_order(stamps, last_ts, reasons)
    refusals = tuple(Refusal(row, _readable(stamps[row]), *reasons[row]) for row in sorted(reasons))
    bad = np.array(sorted(reasons), np.int64)
    return Checked(np.setdiff1d(np.arange(count), bad, assume_unique=True), refusals)


def _numbers(name: str, values: ArrayLike, count: int) -> NDArray[np.float64]:
    try:
        column = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"column {name} holds something that is not a number") from None
    if column.shape != (count,):
        raise ValueError(f"column {name} has shape {column.shape}, expected ({count},)")
    return column


def _numeric(
    ts: ArrayLike, columns: dict[str, ArrayLike]
) -> tuple[NDArray[Any], dict[str, NDArray[np.float64]]]:
    stamps = np.asarray(ts)
    if stamps.ndim != 1:
        raise ValueError(f"column ts has shape {stamps.shape}, expected one dimension")
    if stamps.dtype.kind not in "iu":
        stamps = _numbers("ts", ts, len(stamps))
    return stamps, {name: _numbers(name, each, len(stamps)) for name, each in columns.items()}


def _readable(stamp: float) -> int | None:
    return int(stamp) if math.isfinite(stamp) else None


def _refuse(
    reasons: dict[int, tuple[str, str]],
    bad: NDArray[np.bool_],
    field: str,
    text: str,
    *shown: NDArray[np.float64],
) -> None:
    """Note the first reason of each bad row; ``shown`` are the columns the text quotes."""
    for row in np.flatnonzero(bad).tolist():
        if row not in reasons:
            reasons[row] = (field, text.format(*(column[row].item() for column in shown)))


def _check_ts(
    ts: NDArray[Any],
    timeframe: str,
    grid_origin: ArrayLike | None,
    reasons: dict[int, tuple[str, str]],
) -> None:
    if ts.dtype.kind == "f":
        whole = np.isfinite(ts) & (np.abs(ts) < 2**53)
        whole &= np.where(whole, ts, 0.5) % 1 == 0
        _refuse(reasons, ~whole, "ts", "ts {} is not a whole number of milliseconds", ts)
        ts = np.where(whole, ts, 0.0).astype(np.int64)
    step = timeframe_ms(timeframe)
    origin = 0 if grid_origin is None or step == DAY_MS else np.asarray(grid_origin, np.int64)
    _refuse(reasons, (ts - origin) % step != 0, "ts", f"ts {{}} is off the {timeframe} grid", ts)


def _check_values(
    columns: dict[str, NDArray[np.float64]], reasons: dict[int, tuple[str, str]]
) -> None:
    for name, column in columns.items():
        _refuse(reasons, ~np.isfinite(column), name, f"{name} {{}} is not finite", column)
    for name, column in columns.items():
        if name == "volume":
            _refuse(reasons, column < 0, name, "volume {} is negative", column)
            _refuse(reasons, column > VOLUME_MAX, name, f"volume {{}} > {VOLUME_MAX:g}", column)
        else:
            _refuse(reasons, column <= 0, name, f"{name} {{}} is not above 0", column)
            _refuse(reasons, column < PRICE_MIN, name, f"{name} {{}} < {PRICE_MIN:g}", column)
            _refuse(reasons, column > PRICE_MAX, name, f"{name} {{}} > {PRICE_MAX:g}", column)
    high, low = columns["high"], columns["low"]
    _refuse(reasons, high < low, "high", "high {} < low {}", high, low)
    for name in ("open", "close"):
        price = columns[name]
        outside = (price < low) | (price > high)
        _refuse(reasons, outside, name, f"{name} {{}} is outside [{{}}, {{}}]", price, low, high)


def _check_order(
    ts: NDArray[Any], last_ts: int | None, reasons: dict[int, tuple[str, str]]
) -> None:
    """Refuse duplicates (the first stays) and rows below the largest accepted ts."""
    rows = np.setdiff1d(np.arange(len(ts)), np.array(sorted(reasons), np.int64), assume_unique=True)
    if not len(rows):
        return
    good = ts[rows].astype(np.int64)
    floor = np.iinfo(np.int64).min if last_ts is None else last_ts
    largest = np.maximum.accumulate(np.concatenate(([floor], good)))[:-1]
    late = good <= largest
    if not late.any():
        return
    accepted = set(good[~late].tolist()) | ({last_ts} if last_ts is not None else set())
    for row, stamp, most in zip(
        rows[late], good[late].tolist(), largest[late].tolist(), strict=True
    ):
        if stamp in accepted:
            reasons[int(row)] = ("ts", f"ts {stamp} is a duplicate")
        else:
            reasons[int(row)] = ("ts", f"ts {stamp} is below the largest accepted ts {most}")
