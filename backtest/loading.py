"""The market of a run: its bars from the cache, from the anchor to the outcome tail."""

from __future__ import annotations

from concurrent.futures import Executor

from backtest.engine import prepare
from backtest.window import Market, Session, Window
from coach.market.calendars import DAY_MS, calendar_version
from coach.market.selectors import anchor_ms, data_range, get_instrument, load_bars

TAIL_DAYS = {"1m": 8, "5m": 8, "15m": 14, "1h": 14, "1d": 62}
"""Days read past a window's end: an outcome ends with its session, on 1d after 30 sessions."""


def load_market(
    *,
    symbol: str,
    timeframe: str,
    start_ms: int,
    end_ms: int,
    session: Session,
    pool: Executor | None = None,
) -> Market:
    """Bars and window of a run.

    Raises:
        UnknownSymbolError: there is no such instrument.
    """
    calendar = get_instrument(symbol).calendar
    window = Window(
        symbol, timeframe, start_ms, end_ms, session, calendar, calendar_version(calendar)
    )
    known = data_range(symbol) or data_range(symbol, timeframe)
    first, last = known if known is not None else (start_ms, start_ms)
    anchor = anchor_ms(calendar, timeframe, max(start_ms, first))
    tail = end_ms + TAIL_DAYS[timeframe] * DAY_MS
    return prepare(
        window,
        load_bars(symbol, timeframe, min(anchor, start_ms), tail, session=session),
        as_of=last,
        # Stored bars reach back beyond what is loaded, so that the first one loaded says nothing.
        complete_from=anchor // DAY_MS if first < anchor else None,
        pool=pool,
    )
