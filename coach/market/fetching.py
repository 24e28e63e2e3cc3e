"""History from a vendor into the cache: what is missing, a month at a time.

A piece is written only when all of it has come, in groups of chunks as large as one short
transaction allows; each group's bars are committed with the record that covers them. So whatever
dies when: what is covered is there, and what is not covered is asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from django.db import transaction

from coach.engine.bars import Refusal
from coach.market.barcache import WRITE_BYTES, check_columns, chunks_of, write_group
from coach.market.columns import NAMES, TIMEFRAME_MS, BarColumns
from coach.market.models import Coverage, Instrument, ReceivedBar
from coach.market.reading import read_columns
from coach.market.received import keep_versions
from coach.market.selectors import InstrumentRow, covered_spans, get_instrument
from coach.market.sources.access import VendorError
from coach.market.sources.polygon import UNITS, BarSource, Range, pieces

log = structlog.get_logger(__name__)

SETTLED_MS = 20 * 60_000
"""Bars younger than this may still change or be missing (a delayed plan lags fifteen minutes): they
are not covered."""
MADE_UP = "synthetic"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one request brought. `corrected` counts bars that were there with other values."""

    span: Range
    bars: int
    corrected: int
    refused: tuple[Refusal, ...]


def missing_spans(
    symbol: str, timeframe: str, start_ms: int, end_ms: int, *, source: str, adjusted: bool
) -> list[tuple[int, int]]:
    """The parts of [start_ms, end_ms) that are not covered, in order."""
    found, at = [], start_ms
    spans = covered_spans(symbol, timeframe, source=source, adjusted=adjusted)
    for first, last in sorted(spans):
        if first >= end_ms:
            break
        if first > at:
            found.append((at, first))
        at = max(at, last)
    if at < end_ms:
        found.append((at, end_ms))
    return found


def planned(
    source: BarSource,
    *,
    symbol: str,
    timeframe: str,
    start_ms: int,
    end_ms: int,
    again: bool = False,
    now_ms: int | None = None,
) -> list[Range]:
    """The requests that would fill [start_ms, end_ms): at most a month of minutes each.

    Args:
        again: ask also for what is covered, for the vendor's corrections.
        now_ms: the wall clock; what is younger than `SETTLED_MS` is left out.

    Raises:
        UnknownSymbolError: there is no such instrument.
        VendorError: a timeframe that is not fetched, or a symbol with made-up or otherwise adjusted
            bars.
    """
    if timeframe not in UNITS:
        raise VendorError(f"timeframe {timeframe!r} is not fetched; {', '.join(UNITS)} are")
    instrument = get_instrument(symbol)
    check_fits(source, symbol, timeframe)
    now = int(time.time() * 1000) if now_ms is None else now_ms
    end = min(end_ms, (now - SETTLED_MS) // TIMEFRAME_MS[timeframe] * TIMEFRAME_MS[timeframe])
    spans = [(start_ms, end)] if start_ms < end else []
    if not again:
        spans = missing_spans(
            symbol, timeframe, start_ms, end, source=source.name, adjusted=source.adjusted
        )
    return [
        _range(instrument, timeframe, *piece)
        for span in spans
        for piece in pieces(timeframe, *span)
    ]


def check_fits(source: BarSource, symbol: str, timeframe: str) -> None:
    """Refuse to mix a vendor's bars with made-up ones, or with otherwise adjusted ones.

    Raises:
        VendorError: the symbol has such bars; says what to do.
    """
    _check_real(symbol)
    _check_adjusted(source, symbol, timeframe)


def _check_real(symbol: str) -> None:
    made_up = Coverage.objects.filter(instrument_id=symbol, source=MADE_UP).exists()
    if made_up or ReceivedBar.objects.filter(instrument_id=symbol, source=MADE_UP).exists():
        raise VendorError(
            f"{symbol} has bars of the made-up market here; keep real ones apart: set DATA_DIR to "
            "another directory (or DATABASE_URL to another database)"
        )


def _check_adjusted(source: BarSource, symbol: str, timeframe: str) -> None:
    held = Coverage.objects.filter(instrument_id=symbol, timeframe=timeframe, source=source.name)
    if held.filter(adjusted=not source.adjusted).exists():
        have, want = ("", "un") if not source.adjusted else ("un", "")
        raise VendorError(
            f"{symbol} {timeframe} is kept {have}adjusted; {want}adjusted prices do not mix with "
            "it: set POLYGON_ADJUSTED as it was, or use another DATA_DIR"
        )


def _range(instrument: InstrumentRow, timeframe: str, start_ms: int, end_ms: int) -> Range:
    return Range(
        instrument.symbol,
        instrument.vendor_ticker,
        timeframe,
        start_ms,
        end_ms,
        instrument.calendar,
    )


def fetch(
    source: BarSource, wanted: list[Range], *, stopped: Callable[[], None] | None = None
) -> Iterator[Piece]:
    """Fetch and keep each range, in order; a range that failed leaves those before it kept.

    Args:
        stopped: called before each request; raises to stop.

    Raises:
        VendorError: names the range that failed. Nothing of that range was kept.
    """
    for each in wanted:
        if stopped is not None:
            stopped()
        yield keep(source, each)


def keep(source: BarSource, wanted: Range, *, guard: Callable[[], None] | None = None) -> Piece:
    """Fetch one range and keep it.

    Args:
        guard: called in each transaction; raises when this process may not write any more.

    Raises:
        VendorError: no whole answer came; nothing was kept.
    """
    bars, refused = check_columns(
        source.fetch(wanted).bars, timeframe=wanted.timeframe, calendar=wanted.calendar
    )
    for each in refused:
        log.warning("vendor_bar_refused", range=str(wanted), ts=each.ts, reason=each.reason)
    corrected = 0
    for start, end in _groups(wanted, bars):
        bad = sum(each.ts is not None and start <= each.ts < end for each in refused)
        part = bars.between(start, end)
        with transaction.atomic():
            if guard is not None:
                guard()
            corrected += _write(source, wanted, start, end, part, refused=bad)
    log.info("vendor_range_kept", range=str(wanted), bars=len(bars), corrected=corrected)
    return Piece(wanted, len(bars), corrected, refused)


def _groups(wanted: Range, bars: BarColumns) -> Iterator[tuple[int, int]]:
    """The range cut at chunks, into spans that one short transaction can write."""
    begin, size = wanted.start_ms, 0
    for chunk, part in chunks_of(bars, wanted.timeframe):
        if size and size + len(part) * 8 * len(NAMES) > WRITE_BYTES:
            yield begin, chunk
            begin, size = chunk, 0
        size += len(part) * 8 * len(NAMES)
    yield begin, wanted.end_ms


def _write(
    source: BarSource, wanted: Range, start: int, end: int, bars: BarColumns, *, refused: int
) -> int:
    """In one transaction: bars, the versions that they replace, and the record that covers them."""
    symbol, timeframe = wanted.symbol, wanted.timeframe
    # The lock under which a symbol's chunks are read and rewritten.
    Instrument.objects.select_for_update().get(symbol=symbol)
    corrected = 0
    if len(bars):
        before = read_columns(symbol, timeframe, start, end)
        corrected = keep_versions(symbol, timeframe, before, bars, source=source.name)
        write_group(symbol, timeframe, list(chunks_of(bars, timeframe)), supersede=True)
    Coverage.objects.create(
        instrument_id=symbol,
        timeframe=timeframe,
        source=source.name,
        start_ms=start,
        end_ms=end,
        adjusted=source.adjusted,
        bars=len(bars),
        refused=refused,
    )
    return corrected
