"""Sessions of an exchange as arithmetic on epoch milliseconds.

Two calendars: `XNYS` (New York Stock Exchange, from exchange_calendars, half days and daylight
saving included) and `24/7` (a session is a UTC day). The bounds of XNYS are fixed and part of
`calendar_version`, so that a run does not depend on the day it was made.

A session has two spans: `regular`, and `extended` (XNYS: 04:00 New York time until four hours after
the close; 24/7: the same as regular). All times are epoch ms UTC, spans half-open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from coach.market import sessionfile

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
EPOCH = date(1970, 1, 1)
SATURDAY = 5
XNYS = "XNYS"
ALWAYS = "24/7"
CALENDARS = (XNYS, ALWAYS)
FIRST_DATE = date(1990, 1, 1)
LAST_DATE = date(2049, 12, 31)
FIRST_MS = (FIRST_DATE - EPOCH).days * DAY_MS
LAST_MS = ((LAST_DATE - EPOCH).days + 2) * DAY_MS
"""Bounds of every time this room accepts; the last session's evening is the next day in UTC."""
EXTENDED_BEFORE_MS = 4 * HOUR_MS
"""Pre-market begins four hours after midnight in New York."""
EXTENDED_AFTER_MS = 4 * HOUR_MS
"""Post-market ends four hours after the close, on half days too."""

Span = Literal["regular", "extended"]
Int64 = NDArray[np.int64]


class CalendarError(ValueError):
    """An unknown calendar, or a time outside the calendar's bounds."""


@dataclass(frozen=True, slots=True)
class Session:
    """One trading session: its date at the exchange and its span."""

    date: date
    open_ms: int
    close_ms: int

    @property
    def day(self) -> int:
        """Days since 1970-01-01 of the session's date."""
        return day_of(self.date)

    @property
    def minutes(self) -> int:
        """Length in minutes."""
        return (self.close_ms - self.open_ms) // 60_000


@dataclass(frozen=True, slots=True, eq=False)
class SessionColumns:
    """The session of each bar, column by column.

    `inside` says whether the bar lies in the span that was asked for; where it does not,
    `session_day`, `open_ms` and `close_ms` are -1. `regular` marks bars of the regular session.
    """

    session_day: NDArray[np.int32]
    open_ms: Int64
    close_ms: Int64
    regular: NDArray[np.bool_]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class SessionTable:
    """Every session between two dates, oldest first."""

    day: Int64
    open_ms: Int64
    close_ms: Int64

    def __len__(self) -> int:
        return len(self.day)

    def session(self, index: int) -> Session:
        """One session by position."""
        return Session(
            date=date_of(int(self.day[index])),
            open_ms=int(self.open_ms[index]),
            close_ms=int(self.close_ms[index]),
        )


def day_of(value: date) -> int:
    """Days since 1970-01-01."""
    return (value - EPOCH).days


def date_of(day: int) -> date:
    """Date of a number of days since 1970-01-01."""
    return EPOCH + timedelta(days=day)


def check_calendar(calendar: str) -> str:
    """The calendar's name, if it is one.

    Raises:
        CalendarError: it is not.
    """
    if calendar not in CALENDARS:
        raise CalendarError(f"calendar {calendar!r} is not one of {', '.join(CALENDARS)}")
    return calendar


def default_calendar(symbol: str) -> str:
    """The calendar a symbol has unless told otherwise: `X:` is crypto and never closes."""
    return ALWAYS if symbol.startswith("X:") else XNYS


@cache
def zone(calendar: str) -> ZoneInfo:
    """The exchange's time zone."""
    return ZoneInfo("America/New_York" if check_calendar(calendar) == XNYS else "UTC")


@cache
def calendar_version(calendar: str) -> str:
    """What the sessions depend on: library, its version, the fixed bounds, the extended hours."""
    if check_calendar(calendar) == ALWAYS:
        return "24/7 utc-days"
    library = version("exchange-calendars")
    return f"XNYS exchange_calendars-{library} {FIRST_DATE}..{LAST_DATE} ext-4h+4h"


@cache
def _xnys(span: Span) -> SessionTable:
    days, opens, closes, midnights = sessionfile.kept(calendar_version(XNYS), _from_library)
    if span == "extended":
        opens, closes = midnights + EXTENDED_BEFORE_MS, closes + EXTENDED_AFTER_MS
    for column in (days, opens, closes):
        column.setflags(write=False)
    return SessionTable(day=days, open_ms=opens, close_ms=closes)


def _from_library() -> Int64:
    """Rows: day, open, close, midnight in New York."""
    # Loaded only here: with pandas it costs most of a second.
    from exchange_calendars import get_calendar  # noqa: PLC0415

    table = get_calendar(XNYS, start=str(FIRST_DATE), end=str(LAST_DATE))
    days = table.sessions.to_numpy("datetime64[D]").astype(np.int64)
    opens = _epoch_ms(table.opens.dt.tz_convert(None))
    closes = _epoch_ms(table.closes.dt.tz_convert(None))
    midnights = _epoch_ms(table.sessions.tz_localize("America/New_York").tz_convert(None))
    return np.stack([days, opens, closes, midnights])


def _epoch_ms(times: Any) -> Int64:  # noqa: ANN401  pandas ships no types
    milliseconds: Int64 = times.to_numpy("datetime64[ms]").astype(np.int64)
    return milliseconds


def _always(start_ms: int, end_ms: int) -> SessionTable:
    days = np.arange(start_ms // DAY_MS, -(-end_ms // DAY_MS), dtype=np.int64)
    return SessionTable(day=days, open_ms=days * DAY_MS, close_ms=(days + 1) * DAY_MS)


def _check_bounds(start_ms: int, end_ms: int) -> None:
    if start_ms < FIRST_MS or end_ms > LAST_MS:
        raise CalendarError(f"XNYS is known from {FIRST_DATE} to {LAST_DATE}, not at these times")


def session_table(
    calendar: str, start_ms: int, end_ms: int, *, span: Span = "regular"
) -> SessionTable:
    """Sessions that overlap [start_ms, end_ms).

    Raises:
        CalendarError: unknown calendar, or a range outside its bounds.
    """
    if end_ms <= start_ms:
        return SessionTable(*(np.empty(0, np.int64) for _ in range(3)))
    if check_calendar(calendar) == ALWAYS:
        return _always(start_ms, end_ms)
    _check_bounds(start_ms, end_ms)
    table = _xnys(span)
    first = int(np.searchsorted(table.close_ms, start_ms, side="right"))
    last = int(np.searchsorted(table.open_ms, end_ms, side="left"))
    return SessionTable(
        table.day[first:last], table.open_ms[first:last], table.close_ms[first:last]
    )


def session_at(calendar: str, ts_ms: int, *, span: Span = "regular") -> Session | None:
    """The session that contains `ts_ms`, None in closed hours.

    Raises:
        CalendarError: unknown calendar, or a time outside its bounds.
    """
    table = session_table(calendar, ts_ms, ts_ms + 1, span=span)
    return table.session(0) if len(table) else None


def is_open(calendar: str, ts_ms: int) -> bool:
    """Whether the regular session contains `ts_ms`; a time outside the calendar's bounds is not."""
    with suppress(CalendarError):
        return session_at(calendar, ts_ms) is not None
    return False


def session_on(calendar: str, day: date, *, span: Span = "regular") -> Session | None:
    """The session of a date, None on a day without one.

    Raises:
        CalendarError: unknown calendar, or a date outside its bounds.
    """
    start = day_of(day) * DAY_MS
    table = session_table(calendar, start, start + 2 * DAY_MS, span=span)
    index = int(np.searchsorted(table.day, day_of(day)))
    found = index < len(table) and int(table.day[index]) == day_of(day)
    return table.session(index) if found else None


def holidays(first: date, last: date) -> list[date]:
    """Weekdays from `first` to `last`, both included, on which New York has no session.

    Raises:
        CalendarError: a date outside the calendar's bounds.
    """
    start, end = day_of(first), day_of(last) + 1
    table = session_table(XNYS, start * DAY_MS, end * DAY_MS)
    days = np.arange(start, end, dtype=np.int64)
    weekdays = days[(days + EPOCH.weekday()) % 7 < SATURDAY]
    return [date_of(int(day)) for day in np.setdiff1d(weekdays, table.day)]


def sessions_between(
    calendar: str, start_ms: int, end_ms: int, *, span: Span = "regular"
) -> Iterator[Session]:
    """Sessions that overlap [start_ms, end_ms), oldest first.

    Raises:
        CalendarError: unknown calendar, or a range outside its bounds.
    """
    table = session_table(calendar, start_ms, end_ms, span=span)
    return (table.session(index) for index in range(len(table)))


def sessions_before(calendar: str, before_ms: int, count: int) -> list[Session]:
    """The last `count` regular sessions that have closed by `before_ms`, oldest first.

    Raises:
        CalendarError: unknown calendar, or not that many sessions inside its bounds.
    """
    span_ms = (count * 2 + 14) * DAY_MS  # weekends and holidays are under half of all days
    table = session_table(calendar, before_ms - span_ms, before_ms)
    end = int(np.searchsorted(table.close_ms, before_ms, side="right"))
    return [table.session(index) for index in range(max(0, end - count), end)]


def next_open(calendar: str, ts_ms: int) -> int:
    """The first session open at or after `ts_ms`.

    Raises:
        CalendarError: unknown calendar, or none inside its bounds.
    """
    if check_calendar(calendar) == ALWAYS:
        return -(-ts_ms // DAY_MS) * DAY_MS
    _check_bounds(ts_ms, ts_ms + 1)
    opens = _xnys("regular").open_ms
    index = int(np.searchsorted(opens, ts_ms, side="left"))
    if index == len(opens):
        raise CalendarError(f"XNYS is known until {LAST_DATE}; no session opens after that")
    return int(opens[index])


def session_columns(calendar: str, ts: Int64, *, span: Span = "regular") -> SessionColumns:
    """The session of each bar open in `ts` (ascending).

    Works on the few sessions instead of the many bars: each session is a slice of `ts`.

    Raises:
        CalendarError: unknown calendar, or a time outside its bounds.
        ValueError: `ts` does not ascend.
    """
    if len(ts) == 0:
        return _empty_columns()
    if bool(np.any(ts[1:] < ts[:-1])):
        raise ValueError("ts must ascend")
    start, end = int(ts[0]), int(ts[-1]) + 1
    table = session_table(calendar, start, end, span=span)
    counts, inside = _slices(ts, table)
    day, opens, closes = (
        _spread(column, counts, inside) for column in (table.day, table.open_ms, table.close_ms)
    )
    regular = inside if span == "regular" else _slices(ts, session_table(calendar, start, end))[1]
    return SessionColumns(day.astype(np.int32), opens, closes, regular, inside)


def _slices(ts: Int64, table: SessionTable) -> tuple[Int64, NDArray[np.bool_]]:
    """How many bars lie in each session, and whether each bar lies in one."""
    starts = np.searchsorted(ts, table.open_ms)
    stops = np.searchsorted(ts, table.close_ms)
    counts = (stops - starts).astype(np.int64)
    if int(counts.sum()) == len(ts):
        return counts, np.ones(len(ts), np.bool_)
    steps = np.zeros(len(ts) + 1, np.int64)
    np.add.at(steps, starts, 1)
    np.add.at(steps, stops, -1)
    return counts, np.cumsum(steps[:-1]).astype(np.bool_)


def _spread(column: Int64, counts: Int64, inside: NDArray[np.bool_]) -> Int64:
    """A session's value for each of its bars, -1 for bars in none."""
    spread = np.repeat(column, counts)
    if len(spread) == len(inside):
        return spread
    whole = np.full(len(inside), -1, np.int64)
    whole[inside] = spread
    return whole


def _empty_columns() -> SessionColumns:
    nothing = np.empty(0, np.int64)
    nowhere = np.empty(0, np.bool_)
    return SessionColumns(np.empty(0, np.int32), nothing, nothing, nowhere, nowhere)
