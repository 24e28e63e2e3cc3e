"""Reads of this room: what time it is in the market, and which calendar a symbol keeps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from django.utils import timezone

from coach.market.calendars import default_calendar
from coach.market.models import Clock, Instrument


def market_now() -> datetime:
    """The latest market time of the source that ran last; the wall clock when none ever ran."""
    market_ms = Clock.objects.order_by("-updated_at").values_list("market_ms", flat=True).first()
    if market_ms is None:
        return timezone.now()
    return datetime.fromtimestamp(market_ms / 1000, UTC)


def calendars_of(symbols: Collection[str]) -> dict[str, str]:
    """The calendar of each symbol; one that is no instrument yet keeps its default calendar."""
    known = dict(Instrument.objects.filter(pk__in=symbols).values_list("pk", "calendar"))
    return {symbol: known.get(symbol) or default_calendar(symbol) for symbol in symbols}
