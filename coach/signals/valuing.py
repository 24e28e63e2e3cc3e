"""What the second governor is fed with: market events that have matured, and what the gates said
of their worth."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from coach.signals.models import Decision, Signal


class MaturedEvent(NamedTuple):
    """A market event whose horizon has passed; `r` is its automatic outcome, not clipped."""

    rule_id: str
    session_date: date
    confidence: float
    regime_trend: str
    r: float


class FiredForUser(NamedTuple):
    """A signal that was decided for a user, delivered or not."""

    user_id: str
    rule_id: str
    session_date: date
    confidence: float
    regime_trend: str


class GateRecord(NamedTuple):
    """What one user's decision recorded in numbers about a matured signal.

    `shadow` is what the other governor would have decided, with its own numbers.
    """

    rule_id: str
    symbol: str
    timeframe: str
    seq: int
    fired_at: datetime
    matured_at: datetime
    r: float
    numbers: dict[str, Any]
    shadow: dict[str, Any] | None


def matured_events(*, first_day: date, last_day: date, as_of: datetime) -> list[MaturedEvent]:
    """Market events of these session dates that had matured by `as_of`, each once, watched or not.

    If a rule fired on a bar in several versions, the first one recorded stands for it.
    """
    earlier = Signal.objects.filter(
        symbol=OuterRef("symbol"),
        timeframe=OuterRef("timeframe"),
        seq=OuterRef("seq"),
        rule_id=OuterRef("rule_id"),
        pk__lt=OuterRef("pk"),
    )
    rows = Signal.objects.filter(
        ~Exists(earlier),
        session_date__gte=first_day,
        session_date__lte=last_day,
        matured_at__lte=as_of,
        outcome_r__isnull=False,
    ).order_by("pk")
    names = ("rule_id", "session_date", "confidence", "regime_trend", "outcome_r")
    return [MaturedEvent(*row) for row in rows.values_list(*names)]


def fired_for(user_ids: Collection[str], *, first_day: date, last_day: date) -> list[FiredForUser]:
    """Everything that fired for these users on these session dates."""
    rows = Decision.objects.filter(
        user__in=user_ids,
        signal__session_date__gte=first_day,
        signal__session_date__lte=last_day,
    ).order_by("user_id", "n")
    names = ("rule_id", "session_date", "confidence", "regime_trend")
    columns = ["user_id", *(f"signal__{name}" for name in names)]
    return [FiredForUser(*row) for row in rows.values_list(*columns)]


def gate_records(signal_ids: Collection[str]) -> list[GateRecord]:
    """Every user's decision about those of the signals that have matured with an R."""
    rows = Decision.objects.filter(
        signal__in=signal_ids,
        signal__matured_at__isnull=False,
        signal__outcome_r__isnull=False,
    ).order_by("signal__matured_at", "signal_id", "user_id")
    names = ("rule_id", "symbol", "timeframe", "seq", "fired_at", "matured_at", "outcome_r")
    columns = [*(f"signal__{name}" for name in names), "numbers", "shadow"]
    return [GateRecord(*row) for row in rows.values_list(*columns)]
