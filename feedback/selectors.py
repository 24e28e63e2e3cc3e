"""Reads of this room: labels, their history, how many there are, and the slots that wait."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from coach.prepared import Prepared
from feedback.models import Feedback, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRow:
    """One row of a chain of labels. `label` is None only on an undo that left no label.

    `signal_id` and `delivered` are None for a bar without a signal; `market_ts` is the market
    clock at receipt, `outcome_known` says that the label was given with hindsight.
    """

    id: UUID
    user_id: str
    symbol: str
    timeframe: str
    seq: int
    rule_id: str
    signal_id: str | None
    label: str | None
    notes: str
    delivered: bool | None
    session_date: date
    market_ts: datetime
    created_at: datetime
    outcome_known: bool
    undoes_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSlot:
    """A decision that still waits for its user's label. Times are market time."""

    signal_id: str
    opened_at: datetime
    expires_at: datetime


def feedback_row(row: Feedback) -> FeedbackRow:
    """The record of a label's model."""
    return FeedbackRow(
        id=row.pk,
        user_id=row.user_id,
        symbol=row.symbol,
        timeframe=row.timeframe,
        seq=row.seq,
        rule_id=row.rule_id,
        signal_id=row.signal_id,
        label=row.label,
        notes=row.notes,
        delivered=row.delivered,
        session_date=row.session_date,
        market_ts=row.market_ts,
        created_at=row.created_at,
        outcome_known=row.outcome_known,
        undoes_id=row.undoes_id,
    )


def chain(user_id: str, target: str) -> list[FeedbackRow]:
    """Every row of a user about one target, in the order in which they were appended."""
    return [_row(values) for values in _chain(user_id, target)]


_NAMES = tuple(each.name for each in fields(FeedbackRow))


def _row(values: tuple[Any, ...]) -> FeedbackRow:
    return FeedbackRow(**dict(zip(_NAMES, values, strict=True)))


_chain = Prepared(
    lambda user_id, target: (
        Feedback.objects.filter(user=user_id, target=target)
        .order_by("revision")
        .values_list(*_NAMES)
    )
)


def get_feedback(user_id: str, feedback_id: UUID) -> FeedbackRow | None:
    """One row, if it is this user's."""
    found = Feedback.objects.filter(user=user_id, pk=feedback_id).first()
    return None if found is None else feedback_row(found)


def current_labels(
    *, user_ids: Collection[str] | None = None, as_of: datetime | None = None
) -> QuerySet[Feedback]:
    """The row that counts for each (user, target): the last that had arrived by `as_of`.

    The last row may be an undo that left no label; it is among them, its label None.
    """
    rows, later = Feedback.objects.all(), Feedback.objects.all()
    if user_ids is not None:
        rows = rows.filter(user__in=user_ids)
    if as_of is not None:
        rows, later = rows.filter(market_ts__lte=as_of), later.filter(market_ts__lte=as_of)
    newer = later.filter(
        user=OuterRef("user"), target=OuterRef("target"), revision__gt=OuterRef("revision")
    )
    return rows.filter(~Exists(newer))


def labels_of(user_id: str, signal_ids: Collection[str]) -> dict[str, FeedbackRow]:
    """A user's current labels by signal; a signal without one is absent."""
    rows = [_row(values) for values in _labels(user_id, signal_ids)]
    return {str(row.signal_id): row for row in rows}


_labels = Prepared(
    lambda user_id, signal_ids: (
        current_labels(user_ids=[user_id])
        .filter(signal__in=signal_ids, label__isnull=False)
        .values_list(*_NAMES)
    )
)


def labels_of_bars(
    user_id: str, *, symbol: str, timeframe: str, first_seq: int, last_seq: int
) -> dict[tuple[int, str], str]:
    """A user's current labels on the bars [first_seq, last_seq] of a symbol, by (seq, rule)."""
    rows = current_labels(user_ids=[user_id]).filter(
        symbol=symbol,
        timeframe=timeframe,
        seq__gte=first_seq,
        seq__lte=last_seq,
        label__isnull=False,
    )
    return {
        (seq, rule_id): label
        for seq, rule_id, label in rows.values_list("seq", "rule_id", "label")
        if label is not None
    }


def open_slots(user_id: str, *, as_of: datetime) -> list[OpenSlot]:
    """The decisions that wait for this user's label at a market time, oldest first."""
    found = Slot.objects.filter(
        user=user_id, closed_at__isnull=True, opened_at__lte=as_of, expires_at__gt=as_of
    ).order_by("opened_at", "pk")
    return [
        OpenSlot(signal_id=slot.signal_id, opened_at=slot.opened_at, expires_at=slot.expires_at)
        for slot in found
    ]
