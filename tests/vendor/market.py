"""Sessions of the made-up market in the vendor's shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

from coach.market.calendars import ALWAYS, DAY_MS, XNYS, Session, day_of, sessions_between
from coach.market.columns import BarColumns
from coach.market.sources.synthetic import make_session
from tests.vendor.rest import aggregate

Json = dict[str, Any]
SEED = 5
COLUMNS = ("t", "o", "h", "l", "c", "v", "vw")


def sessions(first: date, last: date, calendar: str = XNYS) -> list[Session]:
    """The sessions from one date to another."""
    return list(sessions_between(calendar, day_of(first) * DAY_MS, (day_of(last) + 1) * DAY_MS))


def minutes(symbol: str, session: Session, *, calendar: str = XNYS) -> list[Json]:
    """A session's minutes as REST gives them."""
    made = make_session(seed=SEED, symbol=symbol, calendar=calendar, session=session)
    return list(as_results(made.minutes))


def as_results(bars: BarColumns) -> Iterator[Json]:
    """Columns as REST gives them."""
    for ts, open_, high, low, close, volume, vwap in zip(
        *(column.tolist() for column in bars.columns()), strict=True
    ):
        mean = None if math.isnan(vwap) else vwap
        yield aggregate(ts, (open_, high, low, close), volume, mean)


def history(symbol: str, first: date, last: date) -> list[Json]:
    """The minutes of several sessions."""
    calendar = ALWAYS if symbol.startswith("X:") else XNYS
    found: list[Json] = []
    for session in sessions(first, last, calendar):
        found += minutes(symbol, session, calendar=calendar)
    return found


def as_columns(results: list[Json]) -> BarColumns:
    """What REST gives, as columns."""
    return BarColumns.of([tuple(row[name] for name in COLUMNS) for row in results])
