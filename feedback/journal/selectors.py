"""Reads of the journal: trades, what the governor counts as losses, what replaces an outcome."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from coach.prepared import Prepared
from feedback.journal.bars import measured
from feedback.journal.records import LinkedResult, TradeFacts, TradeOutcome, TradeRow, split
from feedback.journal.results import current_results
from feedback.models import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """Which trades; None leaves a column alone. `rule_id` "" means trades without an alert, `start`
    and `end` bound the entry, half-open, `text` is looked for in notes, tags and symbol."""

    symbol: str | None = None
    side: str | None = None
    rule_id: str | None = None
    tag: str | None = None
    planned: bool | None = None
    closed: bool | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str | None = None
    signal_ids: Collection[str] | None = None


def trade_facts(trade: Trade) -> TradeFacts:
    """What was said of a trade."""
    return TradeFacts(
        symbol=trade.symbol,
        side=trade.side,
        quantity=trade.quantity,
        entry_ts=trade.entry_ts,
        entry_price=trade.entry_price,
        exit_ts=trade.exit_ts,
        exit_price=trade.exit_price,
        stop=trade.stop,
        fees=trade.fees,
        planned=trade.planned,
        tags=split(trade.tags),
        notes=trade.notes,
        signal_id=trade.signal_id,
    )


def trade_row(trade: Trade) -> TradeRow:
    """The record of a trade's model."""
    return TradeRow(
        id=trade.pk,
        user_id=trade.user_id,
        facts=trade_facts(trade),
        rule_id=trade.rule_id or None,
        regime=trade.regime or None,
        session_date=trade.session_date,
        unit=trade.unit,
        r=trade.r,
        mfe=trade.mfe,
        mae=trade.mae,
        source=trade.source,
        market_ts=trade.market_ts,
        created_at=trade.created_at,
        deleted=trade.deleted_at is not None,
    )


def with_excursions(row: TradeRow, *, as_of: datetime) -> TradeRow:
    """With the MFE and MAE so far of an open trade, and those of a closed one whose bars came after
    it was told."""
    if row.mfe is not None or row.unit is None:
        return row
    found = measured(row.facts, row.unit, as_of=as_of)
    return row if found is None else replace(row, mfe=found.mfe, mae=found.mae)


def trades_of(user_id: str, wanted: TradeFilter | None = None) -> QuerySet[Trade]:
    """A user's trades, those deleted aside; turn a page into rows by `trade_row`."""
    rows = Trade.objects.filter(user=user_id, deleted_at__isnull=True)
    if wanted is None:
        return rows
    columns = {
        "symbol": wanted.symbol,
        "side": wanted.side,
        "rule_id": wanted.rule_id,
        "planned": wanted.planned,
        "tags__contains": None if wanted.tag is None else f"|{wanted.tag}|",
        "entry_ts__gte": wanted.start,
        "entry_ts__lt": wanted.end,
        "signal__in": wanted.signal_ids,
        "exit_ts__isnull": None if wanted.closed is None else not wanted.closed,
    }
    rows = rows.filter(**{name: value for name, value in columns.items() if value is not None})
    if wanted.text:
        rows = rows.filter(
            Q(notes__icontains=wanted.text)
            | Q(tags__icontains=wanted.text)
            | Q(symbol__icontains=wanted.text)
        )
    return rows


def find_trade(user_id: str, trade_id: UUID) -> Trade | None:
    """One trade with those deleted, if it is this user's."""
    return Trade.objects.filter(user=user_id, pk=trade_id).first()


def linked_signals(user_id: str, signal_ids: Collection[str]) -> dict[str, UUID]:
    """The trade of each of these signals that has one."""
    rows = trades_of(user_id).filter(signal__in=signal_ids)
    return {str(signal_id): pk for signal_id, pk in rows.values_list("signal_id", "pk")}


def taken_outcomes(
    user_ids: Collection[str], *, session_dates: Collection[date], as_of: datetime
) -> list[TradeOutcome]:
    """What the trades closed in these sessions came to, as far as it had been told by `as_of`, in
    the order in which it was. Trades whose risk is not known have no R and are not among them."""
    found = _taken(user_ids, session_dates, as_of)
    return [TradeOutcome(user_id, day, float(r or 0)) for user_id, day, r in found]


_taken = Prepared(
    lambda user_ids, session_dates, as_of: (
        Trade.objects.filter(
            user__in=user_ids,
            session_date__in=session_dates,
            deleted_at__isnull=True,
            closed_ts__lte=as_of,
            r__isnull=False,
        )
        .order_by("closed_ts", "exit_ts", "created_at", "pk")
        .values_list("user_id", "session_date", "r")
    )
)


def linked_results(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> list[LinkedResult]:
    """The R that linked trades give signals of these session dates, as far as it was told by
    `as_of` (market time). None for `rule_ids` or `user_ids` means all of them."""
    rows = current_results(user_ids, as_of=as_of).filter(
        session_date__gte=first_day, session_date__lte=last_day, r__isnull=False
    )
    if rule_ids is not None:
        rows = rows.filter(rule_id__in=rule_ids)
    names = rows.order_by("user_id", "signal_id").values_list("user_id", "signal_id", "r")
    return [LinkedResult(user_id, signal_id, float(r or 0)) for user_id, signal_id, r in names]


def results_for(
    signal_ids: Collection[str], *, as_of: datetime | None = None
) -> dict[tuple[str, str], float]:
    """The R that linked trades give these signals, by (user, signal)."""
    rows = current_results(None, signal_ids=signal_ids, as_of=as_of).filter(r__isnull=False)
    found = rows.values_list("user_id", "signal_id", "r")
    return {(user_id, signal_id): float(r or 0) for user_id, signal_id, r in found}
