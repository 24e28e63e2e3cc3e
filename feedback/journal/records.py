"""What crosses the journal's border: a trade as asked for, and as kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

MAX_TAGS: Final = 10
MAX_TAG: Final = 30
MAX_NOTES: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFacts:
    """What a trader or a broker says of a trade. Open without exit; times aware."""

    symbol: str
    side: str
    quantity: float
    entry_ts: datetime
    entry_price: float
    exit_ts: datetime | None = None
    exit_price: float | None = None
    stop: float | None = None
    fees: float = 0.0
    planned: bool = False
    tags: tuple[str, ...] = ()
    notes: str = ""
    signal_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """A trade of the journal with its figures.

    `unit` is the price of 1 R, `r` after fees and not clipped, `mfe` and `mae` in R, both >= 0;
    None where they are not known. An open trade's `mfe` and `mae` are those so far. `session_date`
    is that of the exit, while open of the entry.
    """

    id: UUID
    user_id: str
    facts: TradeFacts
    rule_id: str | None
    regime: str | None
    session_date: date
    unit: float | None
    r: float | None
    mfe: float | None
    mae: float | None
    source: str
    market_ts: datetime
    created_at: datetime
    deleted: bool


class TradeOutcome(NamedTuple):
    """The R of a closed trade of one user's session."""

    user_id: str
    session_date: date
    r: float


class LinkedResult(NamedTuple):
    """The R that the journal gives a signal of one user."""

    user_id: str
    signal_id: str
    r: float


def joined(tags: tuple[str, ...]) -> str:
    """Tags as they are stored."""
    return f"|{'|'.join(tags)}|" if tags else ""


def split(tags: str) -> tuple[str, ...]:
    """Stored tags."""
    return tuple(tag for tag in tags.split("|") if tag)
