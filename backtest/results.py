"""Results by run key: kept once whole, read page by page."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from backtest.models import Result, TriggerPage
from backtest.packing import PAGE, Table, join, packed_pages, unpack
from backtest.window import canonical

Json = dict[str, Any]

PAGES_AT_ONCE = 4  # about a megabyte


def keep(run_key: str, summary: Json, table: Table | None, packed: Sequence[bytes] = ()) -> None:
    """Keep a result. Its row comes last, so that a result that is there is whole.

    A few pages at a time, each time in a transaction of its own: a long one would hold up the live
    writers. A worker that dies in between leaves pages that the next one finds as it would write
    them. ``packed``: the table's pages, where they have been packed.
    """
    if Result.objects.filter(pk=run_key).exists():
        return
    if table is not None:
        pages = list(table.pages())
        rows = [
            _page(run_key, first, page, data)
            for (first, page), data in zip(pages, packed or packed_pages(table), strict=True)
        ]
        for at in range(0, len(rows), PAGES_AT_ONCE):
            few = rows[at : at + PAGES_AT_ONCE]
            TriggerPage.objects.bulk_create(few, ignore_conflicts=True)
    row = Result(
        run_key=run_key,
        summary=zlib.compress(canonical(summary), 6),
        triggers=0 if table is None else len(table),
    )
    Result.objects.bulk_create([row], ignore_conflicts=True)


def _page(run_key: str, first: int, page: Table, data: bytes) -> TriggerPage:
    ts = page.columns["ts"]
    return TriggerPage(
        run_key=run_key,
        first=first,
        count=len(page),
        first_ts=int(ts[0]),
        last_ts=int(ts[-1]),
        data=data,
    )


def is_kept(run_key: str) -> bool:
    """Whether the result of this identity is known."""
    return Result.objects.filter(pk=run_key).exists()


def summary_of(run_key: str) -> Json | None:
    """A result without its triggers."""
    row = Result.objects.filter(pk=run_key).values_list("summary", flat=True).first()
    if row is None:
        return None
    found: Json = orjson.loads(zlib.decompress(bytes(row)))
    return found


def triggers_of(run_key: str, start: int, stop: int) -> Table | None:
    """Triggers [start, stop) of a result; None where there are none."""
    first = start // PAGE * PAGE
    rows = TriggerPage.objects.filter(run_key=run_key, first__gte=first, first__lt=stop)
    pages = [unpack(bytes(data)) for data in rows.order_by("first").values_list("data", flat=True)]
    return join(pages).slice(start - first, stop - first) if pages else None


def pages_of(run_key: str) -> Iterator[Table]:
    """All triggers of a result, page by page."""
    rows = TriggerPage.objects.filter(run_key=run_key).order_by("first")
    for data in rows.values_list("data", flat=True).iterator(chunk_size=4):
        yield unpack(bytes(data))


def pages_between(run_key: str, first_ts: int, last_ts: int) -> Iterator[Table]:
    """The pages that hold triggers of bars in [first_ts, last_ts]."""
    rows = TriggerPage.objects.filter(
        run_key=run_key, last_ts__gte=first_ts, first_ts__lte=last_ts
    ).order_by("first")
    for data in rows.values_list("data", flat=True).iterator(chunk_size=4):
        yield unpack(bytes(data))
