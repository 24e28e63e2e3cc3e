"""How a user's signals turned out: by confidence, by predicted chance, by verdict, by the gate that
held them back. Counted by the database, by session dates [first_day, last_day].

A hit is a matured signal whose automatic outcome is above 0 R, delivered or not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, F, FloatField, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Floor

from coach.signals.models import Decision

TENTHS = 10
# The last bit of a product must not move 0.8 into the tenth below.
EDGE = 1e-9

_MATURED = Q(signal__matured_at__isnull=False, signal__outcome_r__isnull=False)
_HIT = Q(signal__outcome_r__gt=0)


class TenthTally(NamedTuple):
    """Matured signals of one rule in one tenth (0 to 9) of a value in [0, 1], and their hits;
    `total` is the sum of the value."""

    rule_id: str
    tenth: int
    matured: int
    hits: int
    total: float


class HeldTally(NamedTuple):
    """Matured signals that one gate held back: R of losses it spared (`saved` ≥ 0) and of gains it
    kept away (`cost` ≥ 0), not clipped."""

    reason_code: str
    matured: int
    saved: float
    cost: float


def _decisions(
    user_id: str, rule_ids: Collection[str], first_day: date, last_day: date
) -> QuerySet[Decision]:
    return Decision.objects.filter(
        user=user_id,
        signal__rule_id__in=rule_ids,
        signal__session_date__gte=first_day,
        signal__session_date__lte=last_day,
    ).order_by()


def tally_confidence(
    user_id: str, rule_ids: Collection[str], *, first_day: date, last_day: date
) -> list[TenthTally]:
    """By tenths of confidence."""
    rows = _decisions(user_id, rule_ids, first_day, last_day).filter(_MATURED)
    return _by_tenth(rows.annotate(value=F("signal__confidence")))


def tally_chance(
    user_id: str, rule_ids: Collection[str], *, first_day: date, last_day: date
) -> list[TenthTally]:
    """By tenths of the chance to pay that the second governor gave when it decided, or would have
    decided; signals before its first calibration have none."""
    rows = _decisions(user_id, rule_ids, first_day, last_day).filter(_MATURED)
    decided = KeyTextTransform("p", "numbers")
    beside = KeyTextTransform("p", KeyTextTransform("numbers", "shadow"))
    chance = Cast(Coalesce(decided, beside), FloatField())
    return _by_tenth(rows.annotate(value=chance).filter(value__isnull=False))


def _by_tenth(rows: QuerySet[Decision]) -> list[TenthTally]:
    exact = Cast(Floor(F("value") * Value(float(TENTHS)) + Value(EDGE)), IntegerField())
    top = Value(TENTHS - 1)
    tenth = Case(When(value__gte=1.0 - EDGE, then=top), default=exact, output_field=IntegerField())
    counted = (
        rows.annotate(tenth=tenth)
        .values_list("signal__rule_id", "tenth")
        .annotate(matured=Count("pk"), hits=Count("pk", filter=_HIT), total=Sum("value"))
    )
    return sorted(TenthTally(*row) for row in counted)


def tally_verdicts(
    user_id: str, rule_id: str, *, first_day: date, last_day: date
) -> dict[str | None, int]:
    """How many signals of a rule got each verdict; None where it is not known."""
    rows = _decisions(user_id, [rule_id], first_day, last_day)
    return dict(rows.values_list("signal__outcome_verdict").annotate(signals=Count("pk")))


def verdicts_of(signal_ids: Sequence[str]) -> dict[str, str | None]:
    """The verdict on each of these signals that was decided for anybody."""
    rows = Decision.objects.filter(signal__in=signal_ids).order_by().distinct()
    return dict(rows.values_list("signal_id", "signal__outcome_verdict"))


def tally_held(user_id: str, rule_id: str, *, first_day: date, last_day: date) -> list[HeldTally]:
    """What each gate saved and cost, by its code."""
    rows = _decisions(user_id, [rule_id], first_day, last_day).filter(_MATURED, delivered=False)
    lost, won = Q(signal__outcome_r__lt=0), Q(signal__outcome_r__gt=0)
    zero = Value(0.0)
    counted = rows.values_list("reason_code").annotate(
        matured=Count("pk"),
        saved=Coalesce(-Sum("signal__outcome_r", filter=lost), zero),
        cost=Coalesce(Sum("signal__outcome_r", filter=won), zero),
    )
    return sorted(HeldTally(*row) for row in counted)
