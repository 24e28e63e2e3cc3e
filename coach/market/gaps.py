"""What is missing between the bars that a calendar expects and those that are there.

A gap has one reason:

- `quiet`: nobody traded, inside a session that has bars and while nothing says the feed was down;
- `feed_gap`: the feed lost these bars;
- `no_data`: the session has no bar at all;
- `session_break`: the market was closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coach.market.calendars import DAY_MS, SessionTable, Span, session_table
from coach.market.columns import Int64, timeframe_ms

Reason = Literal["quiet", "feed_gap", "no_data", "session_break"]
_REASONS: tuple[Reason, ...] = ("quiet", "feed_gap", "no_data")


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing bars `from_seq` to `to_seq`, both inclusive; `seq = ts // timeframe_ms`."""

    from_seq: int
    to_seq: int
    reason: Reason


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """Bars that the calendar promises: open, end, and position of the session in its table."""

    ts: Int64
    end: Int64
    session: Int64

    def take(self, which: NDArray[np.bool_]) -> _Expected:
        return _Expected(self.ts[which], self.end[which], self.session[which])


def find_gaps(
    ts: Int64,
    *,
    calendar: str,
    timeframe: str,
    start_ms: int,
    end_ms: int,
    known: tuple[int, int],
    lost: Sequence[tuple[int, int]] = (),
    span: Span = "regular",
) -> list[Gap]:
    """Gaps among the bars `ts` with start_ms <= ts < end_ms, in order.

    Args:
        known: nothing is expected before the first of these times or after the second: bars that a
            source never promised are not missing.
        lost: spans [start, end) in which the feed is known to have lost bars.

    Raises:
        CalendarError: a range outside the calendar's bounds.
    """
    low, high = max(start_ms, known[0] - DAY_MS), min(end_ms + DAY_MS, known[1])
    table = session_table(calendar, low, high, span=span)
    expected = _expected(table, timeframe)
    wanted = (expected.ts >= start_ms) & (expected.ts < end_ms)
    expected = expected.take(wanted & (expected.end > known[0]) & (expected.end <= known[1]))
    missing = ~np.isin(expected.ts, ts, assume_unique=True)
    reasons = _reasons(expected, missing, len(table), lost)
    step = timeframe_ms(timeframe)
    found = _runs(expected, missing, reasons, step) + _breaks(expected, step)
    return sorted(found, key=lambda gap: gap.from_seq)


def _expected(table: SessionTable, timeframe: str) -> _Expected:
    if timeframe == "1d":
        return _Expected(table.day * DAY_MS, table.close_ms, np.arange(len(table)))
    step = timeframe_ms(timeframe)
    counts = -(-(table.close_ms - table.open_ms) // step)
    session = np.repeat(np.arange(len(table)), counts)
    index = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    ts = table.open_ms[session] + index * step
    return _Expected(ts, np.minimum(ts + step, table.close_ms[session]), session)


def _reasons(
    expected: _Expected,
    missing: NDArray[np.bool_],
    sessions: int,
    lost: Sequence[tuple[int, int]],
) -> NDArray[np.int64]:
    """Position in `_REASONS` for each expected bar, should it be missing."""
    present = np.bincount(expected.session[~missing], minlength=sessions)
    reasons = np.where(present[expected.session] == 0, 2, 0)
    for start, end in lost:
        reasons[(expected.ts < end) & (expected.end > start)] = 1
    return reasons


def _runs(
    expected: _Expected, missing: NDArray[np.bool_], reasons: NDArray[np.int64], step: int
) -> list[Gap]:
    """Missing bars in a row, of one session and for one reason."""
    at = np.flatnonzero(missing)
    if len(at) == 0:
        return []
    new = np.diff(at, prepend=at[0]) != 1
    new |= np.diff(expected.session[at], prepend=-1) != 0
    new |= np.diff(reasons[at], prepend=-1) != 0
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(at)) - 1
    seq = expected.ts[at] // step
    return [
        Gap(int(seq[a]), int(seq[b]), _REASONS[int(reasons[at[a]])])
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]


def _breaks(expected: _Expected, step: int) -> list[Gap]:
    """The closed hours between two sessions in a row."""
    seq = expected.ts // step
    at = np.flatnonzero(np.diff(expected.session) != 0)
    pairs = zip((seq[at] + 1).tolist(), (seq[at + 1] - 1).tolist(), strict=True)
    return [Gap(first, last, "session_break") for first, last in pairs if first <= last]
