"""Bars that a run needs and the cache lacks: asked for from the vendor, when the run says so."""

from __future__ import annotations

import structlog

from backtest.engine import Progress
from backtest.loading import TAIL_DAYS
from backtest.request import RunRequest, SweepRequest
from coach.market.calendars import DAY_MS
from coach.market.fetching import keep, planned
from coach.market.selectors import anchor_ms
from coach.market.services import ensure_instrument, vendor
from coach.market.sources.access import VendorRefusedError
from coach.market.sources.polygon import UNITS, BarSource, Range

log = structlog.get_logger(__name__)

SHARE = 0.5
"""Of a run's progress, when something has to be fetched."""


def fill_cache(request: RunRequest | SweepRequest, progress: Progress | None) -> Progress | None:
    """Fetch what is missing, from the run's anchor to its tail; returns the progress that is left.

    A plan that does not reach back to the anchor is no failure: then triggers say `warm: false`.

    Raises:
        VendorError: a range did not come whole; those before it are kept for the next try.
        CancelledError: `progress` says so.
    """
    if request.source != "polygon":
        return progress
    source = vendor()
    try:
        wanted = _wanted(source, request)
        for number, each in enumerate(wanted):
            if progress is not None:
                progress(SHARE * number / len(wanted))
            _keep(source, each, request.start_ms)
    finally:
        source.close()
    if progress is None or not wanted:
        return progress
    return lambda share: progress(SHARE + (1 - SHARE) * share)


def _wanted(source: BarSource, request: RunRequest | SweepRequest) -> list[Range]:
    """The requests, those of the range itself before its warm-up."""
    row = ensure_instrument(symbol=request.symbol)
    timeframe = request.timeframe if request.timeframe in UNITS else "1m"
    anchor = anchor_ms(row.calendar, request.timeframe, request.start_ms)
    tail = request.end_ms + TAIL_DAYS[request.timeframe] * DAY_MS
    return [
        each
        for start, end in ((request.start_ms, tail), (anchor, request.start_ms))
        for each in planned(
            source, symbol=row.symbol, timeframe=timeframe, start_ms=start, end_ms=end
        )
    ]


def _keep(source: BarSource, wanted: Range, start_ms: int) -> None:
    try:
        keep(source, wanted)
    except VendorRefusedError as error:
        if wanted.end_ms > start_ms:
            raise
        log.warning("warm_up_refused", range=str(wanted), error=str(error))
