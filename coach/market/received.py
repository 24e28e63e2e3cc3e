"""Bars as a live source gave them, and the spans it lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from django.db.models import Max

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
    first = [_received(bar, source, 0) for bar in minutes if not bar.revision]
    revised = [bar for bar in minutes if bar.revision]
    added = _insert_received(first)
    for bar in revised:
        added += _append_revision(bar, source)
    return added


def _insert_received(rows: Sequence[ReceivedBar]) -> int:
    """Insert what is not there yet."""
    if not rows:
        return 0
    held: set[tuple[str, str, int]] = set()
    for (timeframe, ts), group in groupby(
        sorted(rows, key=lambda row: (row.timeframe, row.ts)), lambda row: (row.timeframe, row.ts)
    ):
        symbols = [row.instrument_id for row in group]
        found = ReceivedBar.objects.filter(timeframe=timeframe, ts=ts, revision=0)
        if len(symbols) <= 500:
            found = found.filter(instrument_id__in=symbols)
        held |= {
            (symbol, timeframe, ts) for symbol in found.values_list("instrument_id", flat=True)
        }
    fresh = {
        key: row
        for row in reversed(rows)
        if (key := (row.instrument_id, row.timeframe, row.ts)) not in held
    }
    ReceivedBar.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    return len(fresh)


def _append_revision(bar: FeedBar, source: str) -> int:
    versions = ReceivedBar.objects.filter(
        instrument_id=bar.symbol, timeframe=bar.timeframe, ts=bar.ts
    )
    latest = versions.order_by("-revision").first()
    fields = ("open", "high", "low", "close", "volume", "vwap")
    if latest is not None and all(getattr(latest, each) == getattr(bar, each) for each in fields):
        return 0
    most = versions.aggregate(most=Max("revision"))["most"]
    _received(bar, source, 0 if most is None else most + 1).save(force_insert=True)
    return 1


def _received(bar: FeedBar, source: str, revision: int) -> ReceivedBar:
    return ReceivedBar(
        instrument_id=bar.symbol,
        timeframe=bar.timeframe,
        ts=bar.ts,
        revision=revision,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        vwap=bar.vwap,
        received_at=datetime.fromtimestamp(bar.received_ms / 1000, UTC),
        source=source,
    )


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
