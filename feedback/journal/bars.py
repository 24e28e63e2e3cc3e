"""What the bars say of a trade: its session, and how far it went for and against the trader."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from coach.market.calendars import DAY_MS, session_at, zone
from coach.market.selectors import UnknownSymbolError, calendars_of, data_range, load_bars
from feedback.journal.figures import MINUTE_MS, Excursion, excursion, whole_minutes
from feedback.journal.records import TradeFacts

MAX_SPAN_MS: Final = 60 * DAY_MS
"""Longer trades are investments: reading their minutes would hold a request up."""


def to_ms(moment: datetime) -> int:
    """Epoch ms of an aware datetime."""
    return round(moment.timestamp() * 1000)


def session_date_of(calendar: str, moment: datetime) -> date:
    """The session, extended hours included, that a moment lies in; in closed hours the date at the
    exchange."""
    session = session_at(calendar, to_ms(moment), span="extended")
    return session.date if session else moment.astimezone(zone(calendar)).date()


def dated(facts: TradeFacts) -> date:
    """The session date a trade is counted on: of its exit, while it is open of its entry."""
    calendar = calendars_of([facts.symbol])[facts.symbol]
    return session_date_of(calendar, facts.exit_ts or facts.entry_ts)


def measured(facts: TradeFacts, unit: float | None, *, as_of: datetime) -> Excursion | None:
    """MFE and MAE in R by the bars; of an open trade up to a market time.

    None where the risk is not known, or where the minutes inside the trade are not (all) there.
    """
    end = facts.exit_ts or max(as_of, facts.entry_ts)
    start_ms, end_ms = whole_minutes(to_ms(facts.entry_ts), to_ms(end))
    if not unit or end_ms - start_ms > MAX_SPAN_MS:
        return None
    try:
        known = data_range(facts.symbol)
        if known is None or start_ms < known[0] or (facts.exit_ts and end_ms > known[1]):
            return None
        bars = load_bars(facts.symbol, "1m", start_ms, end_ms, session="extended")
    except UnknownSymbolError:
        return None
    if not len(bars) and end_ms - start_ms >= MINUTE_MS:
        return None
    return excursion(
        side=facts.side,
        entry_price=facts.entry_price,
        exit_price=facts.exit_price,
        unit=unit,
        high=bars.high,
        low=bars.low,
    )


def from_ms(at_ms: int) -> datetime:
    """An aware datetime in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
