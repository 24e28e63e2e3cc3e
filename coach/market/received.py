"""Bars as a live source gave them, and the spans it lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from coach.market.barcache import chunks_of, write_group, write_groups
from coach.market.columns import BarColumns
from coach.market.feed import FeedBar
from coach.market.feed import FeedGap as LostSpan
from coach.market.models import FeedGap, ReceivedBar
from coach.market.reading import received_columns


def append_received(bars: Sequence[FeedBar], *, source: str) -> int:
    """Keep minute bars as they were received; returns the number of new rows.

    Microbars are not kept. The same bar again is ignored (the first version stays); a bar marked as
    a revision becomes a further row if it says something new. Runs in the caller's transaction.

    Raises:
        IntegrityError: a symbol without an instrument, at the latest at commit.
    """
    minutes = [bar for bar in bars if bar.timeframe != "1s"]
    added = _insert([(bar, 0) for bar in minutes if not bar.revision], source)
    for bar in minutes:
        if bar.revision:
            added += _append_revision(bar, source)
    return added


def _insert(versions: Sequence[tuple[FeedBar, int]], source: str) -> int:
    """Insert the bars, each with its revision, that are not there yet.

    Plain rows into one prepared statement: a minute's close may bring thousands of symbols, and
    model instances would cost ten times as much.
    """
    if not versions:
        return 0
    quote = connection.ops.quote_name
    stored = {field.name: str(field.column) for field in ReceivedBar._meta.concrete_fields}
    names = [stored[name] for name in _FIELDS]
    table, columns = quote(ReceivedBar._meta.db_table), ", ".join(map(quote, names))
    values = ", ".join(["%s"] * len(names))
    # Names come from the model; every value is a parameter.
    sql = f"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, _parameters(versions, source))
        return int(cursor.rowcount)


_FIELDS = (
    "instrument", "timeframe", "ts", "revision", "open", "high", "low", "close", "volume", "vwap",
    "received_at", "source", "compacted",
)  # fmt: skip


def _parameters(versions: Sequence[tuple[FeedBar, int]], source: str) -> list[tuple[Any, ...]]:
    """A row a bar, in the order of `_FIELDS`."""
    stamps: dict[float, Any] = {}
    for bar, _ in versions:
        if bar.received_ms not in stamps:
            moment = datetime.fromtimestamp(bar.received_ms / 1000, UTC)
            stamps[bar.received_ms] = connection.ops.adapt_datetimefield_value(moment)
    return [
        (
            bar.symbol, bar.timeframe, bar.ts, revision, bar.open, bar.high, bar.low, bar.close,
            bar.volume, bar.vwap, stamps[bar.received_ms], source, False,
        )
        for bar, revision in versions
    ]  # fmt: skip


def _append_revision(bar: FeedBar, source: str) -> int:
    """Keep a correction as a further version, if it differs from the latest one."""
    versions = ReceivedBar.objects.filter(
        instrument_id=bar.symbol, timeframe=bar.timeframe, ts=bar.ts
    )
    latest = versions.order_by("-revision").first()
    fields = ("open", "high", "low", "close", "volume", "vwap")
    if latest is not None and all(getattr(latest, each) == getattr(bar, each) for each in fields):
        return 0
    return _insert([(bar, 0 if latest is None else latest.revision + 1)], source)


def compact_received(*, before_ms: int) -> int:
    """Move bars received before `before_ms` into the cache, latest versions; returns their number.

    The rows stay, for parity.
    """
    moved = 0
    waiting = ReceivedBar.objects.filter(compacted=False, ts__lt=before_ms)
    for symbol, timeframe in waiting.values_list("instrument_id", "timeframe").distinct():
        rows = waiting.filter(instrument_id=symbol, timeframe=timeframe)
        moved += _compact(symbol, timeframe, received_columns(rows))
    return moved


def _compact(symbol: str, timeframe: str, bars: BarColumns) -> int:
    for group in write_groups(chunks_of(bars, timeframe)):
        write_group(symbol, timeframe, group, supersede=True)
    return len(bars)


def record_gaps(gaps: Iterable[LostSpan]) -> None:
    """Remember spans that a feed lost, so that their minutes are not taken for quiet ones."""
    FeedGap.objects.bulk_create(
        [
            FeedGap(
                instrument_id=gap.symbol,
                start_ms=gap.start_ms,
                end_ms=gap.end_ms,
                reason=gap.reason,
            )
            for gap in gaps
        ],
        update_conflicts=True,
        unique_fields=["instrument", "start_ms"],
        update_fields=["end_ms", "reason"],
    )
