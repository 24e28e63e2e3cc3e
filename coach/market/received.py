"""Bars as a live source gave them, and the spans it lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import numpy as np
from django.db import connection
from django.db.models import Max, Min, QuerySet
from numpy.typing import NDArray

from coach.market.barcache import chunks_of, write_group, write_groups
from coach.market.columns import BarColumns
from coach.market.feed import FeedBar, FeedTimeframe, feed_bars
from coach.market.feed import FeedGap as LostSpan
from coach.market.models import FeedGap, ReceivedBar
from coach.market.reading import read_chunks, received_columns

CORRECTED = "/rest"
"""After a source's name: what came from its history, not from its feed."""
VALUES = ("open", "high", "low", "close", "volume", "vwap")


def append_received(bars: Sequence[FeedBar], *, source: str) -> int:
    """Keep minute bars as they were received; returns the number of new rows.

    Microbars are not kept. The same bar again is ignored (the first version stays); a bar marked as
    a revision becomes a further row if it says something new, also one that came after its turn.
    Runs in the caller's transaction.

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
    """Keep a correction as a further version, if it differs from the latest one.

    Of a bar that only the cache holds, that one is the first version. One that live has passed by
    comes after its turn: it has no first version, because no rule saw it.
    """
    latest = _latest(bar)
    if latest is None:
        held = read_chunks(bar.symbol, bar.timeframe, bar.ts, bar.ts + 1)
        if len(held) == 0 or _span(bar.symbol, bar.timeframe).holds(bar.ts):
            return _insert([(bar, 1)], source)
        (first,) = _revisions(bar.symbol, bar.timeframe, held, bar.received_ms)
        if _values(first) == _values(bar):
            return 0
        return _insert([(first, 0), (bar, 1)], source)
    revision, values = latest
    return 0 if values == _values(bar) else _insert([(bar, revision + 1)], source)


def _latest(bar: FeedBar) -> tuple[int, tuple[float | None, ...]] | None:
    versions = ReceivedBar.objects.filter(
        instrument_id=bar.symbol, timeframe=bar.timeframe, ts=bar.ts
    )
    row = versions.order_by("-revision").values_list("revision", *VALUES).first()
    return None if row is None else (row[0], row[1:])


def _values(bar: FeedBar) -> tuple[float | None, ...]:
    return tuple(getattr(bar, name) for name in VALUES)


def keep_versions(
    symbol: str, timeframe: str, before: BarColumns, after: BarColumns, *, source: str
) -> int:
    """Keep what a vendor's later answer changed: the version before it and the new one.

    Bars that are new count as late where live has passed them by; elsewhere they are history.
    Returns the number of changed and late bars. Runs in the caller's transaction, which also puts
    `after` into the cache.
    """
    now_ms = datetime.now(UTC).timestamp() * 1000
    wanted = _changed(before, after) | _passed_by(symbol, timeframe, before, after)
    if not wanted.any():
        return 0
    new = list(_revisions(symbol, timeframe, after.take(wanted), now_ms))
    known = before.take(np.isin(before.ts, after.ts[wanted]))
    old = {bar.ts: bar for bar in _revisions(symbol, timeframe, known, now_ms)}
    rows = ReceivedBar.objects.filter(
        instrument_id=symbol, timeframe=timeframe, ts__gte=new[0].ts, ts__lte=new[-1].ts
    )
    latest = dict(rows.order_by("revision").values_list("ts", "revision"))
    versions: list[tuple[FeedBar, int]] = []
    for bar in new:
        if bar.ts not in latest and bar.ts in old:
            versions.append((old[bar.ts], 0))
        versions.append((bar, latest.get(bar.ts, 0) + 1))
    _insert(versions, source + CORRECTED)
    _mark_compacted(rows, {bar.ts for bar in new})
    return len(new)


def _mark_compacted(rows: QuerySet[ReceivedBar], given: set[int]) -> None:
    ids = [pk for pk, ts in rows.filter(compacted=False).values_list("pk", "ts") if ts in given]
    for start in range(0, len(ids), 500):
        ReceivedBar.objects.filter(pk__in=ids[start : start + 500]).update(compacted=True)


def _changed(before: BarColumns, after: BarColumns) -> NDArray[np.bool_]:
    """Which bars of `after` are in `before` with other values."""
    both = np.isin(after.ts, before.ts)
    mine = after.take(both)
    theirs = before.take(np.searchsorted(before.ts, mine.ts))
    pairs = zip(mine.columns(), theirs.columns(), strict=True)
    unlike = [~((a == b) | ((a != a) & (b != b))) for a, b in pairs]  # noqa: PLR0124  NaN = NaN
    changed = np.zeros(len(after), np.bool_)
    changed[both] = np.logical_or.reduce(unlike)
    return changed


def _passed_by(
    symbol: str, timeframe: str, before: BarColumns, after: BarColumns
) -> NDArray[np.bool_]:
    """Which bars of `after` are new, and lie where live has been already."""
    span = _span(symbol, timeframe)
    within: NDArray[np.bool_] = (after.ts >= span.first) & (after.ts <= span.last)
    return within & ~np.isin(after.ts, before.ts)


class _Span(NamedTuple):
    """Open of the first bar that live took, and of the last."""

    first: int
    last: int

    def holds(self, ts: int) -> bool:
        return self.first <= ts <= self.last


def _span(symbol: str, timeframe: str) -> _Span:
    rows = ReceivedBar.objects.filter(instrument_id=symbol, timeframe=timeframe, revision=0)
    found = rows.exclude(source__endswith=CORRECTED).aggregate(first=Min("ts"), last=Max("ts"))
    return _Span(0, -1) if found["first"] is None else _Span(found["first"], found["last"])


def _revisions(
    symbol: str, timeframe: str, bars: BarColumns, received_ms: float
) -> Iterator[FeedBar]:
    return feed_bars(symbol, cast("FeedTimeframe", timeframe), bars, received_ms, revision=True)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Minutes that live took from a source, and those that came from it after their turn."""

    source: str
    taken: tuple[int, ...]
    late: tuple[int, ...]


def receipts(symbol: str, timeframe: str, start_ms: int, end_ms: int) -> Receipts:
    """How the bars of [start_ms, end_ms) came, by their open times."""
    rows = _between(symbol, timeframe, start_ms, end_ms)
    taken = tuple(rows.filter(revision=0).order_by("ts").values_list("ts", flat=True))
    sources = rows.filter(revision=0).order_by("-ts").values_list("source", flat=True)
    live = rows.filter(revision__gt=0).exclude(source__endswith=CORRECTED)
    late = set(live.values_list("ts", flat=True)).difference(taken)
    return Receipts(sources.first() or "", taken, tuple(sorted(late)))


def is_feed(symbol: str, timeframe: str, start_ms: int, end_ms: int) -> bool:
    """Whether live took any bar of [start_ms, end_ms)."""
    return _between(symbol, timeframe, start_ms, end_ms).filter(revision=0).exists()


def _between(symbol: str, timeframe: str, start_ms: int, end_ms: int) -> QuerySet[ReceivedBar]:
    rows = ReceivedBar.objects.filter(
        instrument_id=symbol, timeframe=timeframe, ts__gte=start_ms, ts__lt=end_ms
    )
    return rows.exclude(revision=0, source__endswith=CORRECTED)


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
