"""Writing the bar cache: bad bars are refused, the others merged into packed chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from django.db import transaction

from coach.engine.bars import Checked, Refusal, check_bars
from coach.market.calendars import (
    FIRST_DATE,
    FIRST_MS,
    LAST_DATE,
    LAST_MS,
    Int64,
    session_columns,
)
from coach.market.columns import (
    CHUNK_MS,
    NAMES,
    BarColumns,
    overlay,
    pack,
    same,
    timeframe_ms,
    unpack,
)
from coach.market.models import BarChunk, Instrument, ReceivedBar
from coach.market.selectors import get_instrument

WRITE_BYTES = 512 * 1024
"""About as much as one transaction writes: the single writer of SQLite must not be held up."""
CHECK_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class UpsertReport:
    """What an upsert did to the cache. `refused` names row (from 0), ts, field and reason."""

    inserted: int
    updated: int
    unchanged: int
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _ChunkChange:
    start_ms: int
    bars: BarColumns
    inserted: int
    updated: int


def upsert_bars(
    *,
    symbol: str,
    timeframe: str,
    bars: BarColumns,
    on_written: Callable[[int], None] | None = None,
) -> UpsertReport:
    """Put bars into the cache: new ones are added, others replaced; the same again changes nothing.

    Bad bars are refused one by one and nothing else is lost. A bar that was received live and is
    given here again counts as superseded by this one.

    Args:
        on_written: told the number of bars after each write.

    Raises:
        UnknownSymbolError: there is no such instrument.
        ValueError: an unknown timeframe.
    """
    calendar = get_instrument(symbol).calendar
    good, refused = check_columns(bars, timeframe=timeframe, calendar=calendar)
    received = ReceivedBar.objects.filter(
        instrument_id=symbol, timeframe=timeframe, compacted=False
    ).exists()
    inserted = updated = 0
    for group in write_groups(chunks_of(good, timeframe)):
        for change in write_group(symbol, timeframe, group, supersede=received):
            inserted += change.inserted
            updated += change.updated
        if on_written is not None:
            on_written(sum(len(part) for _, part in group))
    return UpsertReport(inserted, updated, len(good) - inserted - updated, refused)


def check_columns(
    bars: BarColumns, *, timeframe: str, calendar: str
) -> tuple[BarColumns, tuple[Refusal, ...]]:
    """The good bars, and what was refused with its row and reason.

    Bars of 5m to 1h must lie on the grid that begins at the session's open, in regular hours.

    Raises:
        ValueError: an unknown timeframe.
    """
    timeframe_ms(timeframe)
    refused: list[Refusal] = []
    accepted: list[Int64] = []
    last_ts: int | None = None
    for start in range(0, len(bars), CHECK_ROWS):
        part = bars.take(slice(start, start + CHECK_ROWS))
        checked = _check(part, timeframe, calendar, last_ts)
        accepted.append(checked.accepted + start)
        refused += [each._replace(row=each.row + start) for each in checked.refusals]
        if len(checked.accepted):
            last_ts = int(part.ts[checked.accepted[-1]])
    if not refused:
        return bars, ()
    return bars.take(np.concatenate(accepted)), tuple(refused)


def _check(part: BarColumns, timeframe: str, calendar: str, last_ts: int | None) -> Checked:
    """As the engine checks, after times that no calendar knows: seconds taken for ms, say."""
    known = (part.ts >= FIRST_MS) & (part.ts < LAST_MS)
    strange = [
        Refusal(row, ts, "ts", f"ts {ts} is not in {FIRST_DATE} to {LAST_DATE}, in epoch ms")
        for row, ts in zip(np.flatnonzero(~known).tolist(), part.ts[~known].tolist(), strict=True)
    ]
    rows = np.flatnonzero(known)
    checked = _check_values(part.take(known) if strange else part, timeframe, calendar, last_ts)
    refusals = [*strange, *(each._replace(row=int(rows[each.row])) for each in checked.refusals)]
    return Checked(rows[checked.accepted], tuple(sorted(refusals)))


def _check_values(part: BarColumns, timeframe: str, calendar: str, last_ts: int | None) -> Checked:
    columns = dict(zip(NAMES, part.columns(), strict=True))
    origin: Int64 | None = None
    if timeframe == "1s":  # the engine's own timeframes begin at a minute; each row is its own grid
        origin, timeframe = part.ts // 1000 * 1000, "1m"
    elif timeframe not in {"1m", "1d"}:
        origin = _session_opens(part, calendar)
    return check_bars(
        **columns,
        vwap_given=~np.isnan(part.vwap),
        timeframe=timeframe,
        grid_origin=origin,
        last_ts=last_ts,
    )


def _session_opens(part: BarColumns, calendar: str) -> Int64:
    """The open of each bar's session; for a bar in closed hours, a time that fits no grid."""
    order = np.argsort(part.ts, kind="stable")
    sessions = session_columns(calendar, part.ts[order])
    opens = np.empty(len(part), np.int64)
    opens[order] = np.where(sessions.inside, sessions.open_ms, part.ts[order] - 1)
    return opens


def chunks_of(bars: BarColumns, timeframe: str) -> Iterator[tuple[int, BarColumns]]:
    """The bars by chunk start."""
    if len(bars) == 0:
        return
    span = CHUNK_MS[timeframe]
    starts = bars.ts // span * span
    first = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    stops = np.append(first[1:], len(bars))
    for begin, stop in zip(first.tolist(), stops.tolist(), strict=True):
        yield int(starts[begin]), bars.take(slice(begin, stop))


def write_groups(
    chunks: Iterable[tuple[int, BarColumns]],
) -> Iterator[list[tuple[int, BarColumns]]]:
    """Chunks in groups that one short transaction can write."""
    group: list[tuple[int, BarColumns]] = []
    size = 0
    for start, bars in chunks:
        if group and size + len(bars) * 8 * len(NAMES) > WRITE_BYTES:
            yield group
            group, size = [], 0
        group.append((start, bars))
        size += len(bars) * 8 * len(NAMES)
    if group:
        yield group


def write_group(
    symbol: str, timeframe: str, group: Sequence[tuple[int, BarColumns]], *, supersede: bool
) -> list[_ChunkChange]:
    """Merge new bars into their chunks in one transaction; returns the chunks that changed."""
    with transaction.atomic():
        # The instrument's row is the lock under which a symbol's chunks are read and rewritten.
        Instrument.objects.select_for_update().get(symbol=symbol)
        held = {
            start: unpack(data, count)
            for start, count, data in BarChunk.objects.filter(
                instrument_id=symbol, timeframe=timeframe, start_ms__in=[each[0] for each in group]
            ).values_list("start_ms", "count", "data")
        }
        changes = [
            change
            for start, bars in group
            if (change := _change(start, held.get(start, BarColumns.empty()), bars)) is not None
        ]
        BarChunk.objects.bulk_create(
            [_chunk_row(symbol, timeframe, change) for change in changes],
            update_conflicts=True,
            unique_fields=["instrument", "timeframe", "start_ms"],
            update_fields=["count", "first_ts", "last_ts", "data", "updated_at"],
        )
        if supersede:
            _supersede(symbol, timeframe, group)
    return changes


def _change(start_ms: int, held: BarColumns, bars: BarColumns) -> _ChunkChange | None:
    both = np.isin(held.ts, bars.ts, assume_unique=True)
    before, after = held.take(both), bars.take(np.isin(bars.ts, held.ts, assume_unique=True))
    inserted = len(bars) - len(after)
    if inserted == 0 and same(before, after):
        return None
    pairs = zip(before.columns(), after.columns(), strict=True)
    changed = [~((a == b) | ((a != a) & (b != b))) for a, b in pairs]  # noqa: PLR0124  NaN = NaN
    updated = int(np.logical_or.reduce(changed).sum()) if len(after) else 0
    return _ChunkChange(start_ms, overlay(held, bars), inserted, updated)


def _chunk_row(symbol: str, timeframe: str, change: _ChunkChange) -> BarChunk:
    return BarChunk(
        instrument_id=symbol,
        timeframe=timeframe,
        start_ms=change.start_ms,
        count=len(change.bars),
        first_ts=int(change.bars.ts[0]),
        last_ts=int(change.bars.ts[-1]),
        data=pack(change.bars),
        updated_at=datetime.now(UTC),
    )


def _supersede(symbol: str, timeframe: str, group: Sequence[tuple[int, BarColumns]]) -> None:
    for _, bars in group:
        waiting = ReceivedBar.objects.filter(
            instrument_id=symbol,
            timeframe=timeframe,
            compacted=False,
            ts__gte=int(bars.ts[0]),
            ts__lte=int(bars.ts[-1]),
        )
        given = set(bars.ts.tolist())
        ids = [pk for pk, ts in waiting.values_list("pk", "ts") if ts in given]
        for start in range(0, len(ids), 500):
            ReceivedBar.objects.filter(pk__in=ids[start : start + 500]).update(compacted=True)
