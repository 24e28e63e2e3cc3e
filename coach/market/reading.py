"""Reading stored bars: the cache under what was received since, and each bar's session."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from django.db.models import QuerySet

from coach.engine.bars import Bars
from coach.market.calendars import DAY_MS, Int64, Span, session_columns, session_table
from coach.market.columns import CHUNK_MS, BarColumns, overlay, unpack_all
from coach.market.models import BarChunk, ReceivedBar

Version = Literal["latest", "received"]


def read_columns(
    symbol: str, timeframe: str, start_ms: int, end_ms: int, version: Version = "latest"
) -> BarColumns:
    """Stored bars of one timeframe, of all hours: the cache under what was received since.

    `received` shows each bar as the evaluator took it, and none that came after its turn.
    """
    cached = read_chunks(symbol, timeframe, start_ms, end_ms)
    rows = ReceivedBar.objects.filter(
        instrument_id=symbol, timeframe=timeframe, ts__gte=start_ms, ts__lt=end_ms
    )
    if version == "latest":
        return overlay(cached, received_columns(rows.filter(compacted=False)))
    taken = received_columns(rows.filter(revision=0))
    later = np.fromiter(rows.filter(revision__gt=0).values_list("ts", flat=True), np.int64)
    never_taken = np.setdiff1d(later, taken.ts)
    return overlay(cached.take(~np.isin(cached.ts, never_taken)), taken)


def read_chunks(symbol: str, timeframe: str, start_ms: int, end_ms: int) -> BarColumns:
    """Bars of the cache alone."""
    chunks = BarChunk.objects.filter(
        instrument_id=symbol,
        timeframe=timeframe,
        start_ms__gt=start_ms - CHUNK_MS[timeframe],
        start_ms__lt=end_ms,
    )
    parts = list(chunks.order_by("start_ms").values_list("count", "data"))
    return unpack_all(parts).between(start_ms, end_ms)


def received_columns(rows: QuerySet[ReceivedBar]) -> BarColumns:
    """Rows as columns; of several revisions of a bar the last."""
    values = rows.order_by("ts", "revision").values_list(
        "ts", "open", "high", "low", "close", "volume", "vwap"
    )
    latest = {row[0]: row for row in values}
    return BarColumns.of(
        [(*row[:6], np.nan if row[6] is None else row[6]) for row in latest.values()]
    )


def with_sessions(columns: BarColumns, calendar: str, span: Span) -> Bars:
    """The bars inside the sessions, each with its session.

    Raises:
        CalendarError: bars outside the calendar's bounds.
    """
    sessions = session_columns(calendar, columns.ts, span=span)
    day, opens, closes = sessions.session_day, sessions.open_ms, sessions.close_ms
    if not bool(sessions.inside.all()):
        inside = sessions.inside
        columns, day = columns.take(inside), day[inside]
        opens, closes = opens[inside], closes[inside]
    return _bars(columns, day.astype(np.int64), opens, closes)


def read_imported(symbol: str, timeframe: str, start_ms: int, end_ms: int, calendar: str) -> Bars:
    """Bars imported in a higher timeframe, with their regular sessions."""
    columns = read_columns(symbol, timeframe, start_ms, end_ms)
    if timeframe != "1d" or len(columns) == 0:
        return with_sessions(columns, calendar, "regular")
    table = session_table(calendar, int(columns.ts[0]), int(columns.ts[-1]) + DAY_MS)
    day = columns.ts // DAY_MS
    known = np.isin(day, table.day)
    where = np.searchsorted(table.day, day[known])
    return _bars(columns.take(known), table.day[where], table.open_ms[where], table.close_ms[where])


def fill_sessions(buckets: Bars, imported: Bars) -> Bars:
    """`buckets`, and the imported bars of the sessions that have none."""
    lacking = ~np.isin(imported.session_day, buckets.session_day)
    if not bool(lacking.any()):
        return buckets
    order = np.argsort(np.concatenate((buckets.ts, imported.ts[lacking])))
    pairs: Any = zip(buckets.columns, imported.columns, strict=True)
    joined: list[Any] = [np.concatenate((mine, theirs[lacking]))[order] for mine, theirs in pairs]
    return Bars(*joined)


def _bars(columns: BarColumns, day: Int64, opens: Int64, closes: Int64) -> Bars:
    return Bars(
        ts=columns.ts,
        open=columns.open,
        high=columns.high,
        low=columns.low,
        close=columns.close,
        volume=columns.volume,
        vwap=columns.vwap,
        session_day=day.astype(np.int32),
        session_open=opens,
        session_close=closes,
    )
