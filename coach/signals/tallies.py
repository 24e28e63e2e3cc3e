"""How much was decided and what became of it, by user, rule and session date.

R is counted in whole millionths, each signal's clipped to [-2, +4]: integers add up to the same
total in any order, so that figures kept by hand and figures counted afresh agree to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Round

from coach.signals.models import Decision, Signal

MICRO: Final = 1_000_000
R_MIN: Final = -2.0
R_MAX: Final = 4.0


class DecisionTally(NamedTuple):
    """One user's decisions about one rule on one session date.

    `matured` of them have an R whose horizon has passed, `wins` of these are above 0 R, `r_micro`
    is the sum of their clipped R in millionths. `events` and `event_r_micro` are the same over
    market events (see `EventTally`).
    """

    user_id: str
    rule_id: str
    day: date
    fired: int
    actionable: int
    matured: int
    wins: int
    r_micro: int
    events: int
    event_r_micro: int


class EventTally(NamedTuple):
    """Matured market events of one rule on one session date that were decided for anybody.

    A market event is (symbol, timeframe, seq, rule): if a rule fired there in several versions, the
    first one recorded stands for it.
    """

    rule_id: str
    day: date
    events: int
    event_r_micro: int


def tally_decisions(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> list[DecisionTally]:
    """Decisions and their outcomes by user, rule and session date, [first_day, last_day].

    None for `rule_ids` or `user_ids` means all of them. With `as_of` (market time) only what had
    been decided and had matured by then counts.
    """
    rows = Decision.objects.filter(_days("signal__", rule_ids, first_day, last_day))
    if user_ids is not None:
        rows = rows.filter(user__in=user_ids)
    if as_of is not None:
        rows = rows.filter(decided_at__lte=as_of)
    matured, r = _matured("signal__", as_of), _micro_r("signal__outcome_r")
    first = matured & Q(first=True)
    counted = (
        rows.annotate(first=~_earlier_version("signal__", "signal_id"))
        .order_by()
        .values_list("user_id", "signal__rule_id", "signal__session_date")
        .annotate(
            fired=Count("pk"),
            actionable=Count("pk", filter=Q(delivered=True)),
            matured=Count("pk", filter=matured),
            wins=Count("pk", filter=matured & Q(signal__outcome_r__gt=0)),
            r_micro=_sum(r, matured),
            events=Count("pk", filter=first),
            event_r_micro=_sum(r, first),
        )
    )
    return [DecisionTally(*row) for row in counted]


def tally_events(
    *,
    rule_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> list[EventTally]:
    """Matured market events by rule and session date, each once however many users watched it."""
    about = Decision.objects.filter(signal=OuterRef("pk"))
    if as_of is not None:
        about = about.filter(decided_at__lte=as_of)
    rows = (
        Signal.objects.filter(_days("", rule_ids, first_day, last_day))
        .filter(_matured("", as_of))
        .filter(Exists(about))
        .filter(~_earlier_version("", "pk"))
    )
    counted = (
        rows.order_by()
        .values_list("rule_id", "session_date")
        .annotate(events=Count("pk"), event_r_micro=_sum(_micro_r("outcome_r"), Q()))
    )
    return [EventTally(*row) for row in counted]


class MaturedSignal(NamedTuple):
    """A matured signal of one user: its clipped R in millionths."""

    user_id: str
    signal_id: str
    rule_id: str
    day: date
    r_micro: int | None
    matured_at: datetime


def matured_decisions(
    signal_ids: Collection[str], *, as_of: datetime | None = None
) -> list[MaturedSignal]:
    """Every user's decision about those of the signals whose horizon has passed; R may be None."""
    passed = Q(signal__matured_at__isnull=False)
    if as_of is not None:
        passed &= Q(signal__matured_at__lte=as_of, decided_at__lte=as_of)
    r = Case(When(signal__outcome_r__isnull=False, then=_micro_r("signal__outcome_r")))
    names = ("user_id", "signal_id", "signal__rule_id", "signal__session_date", "r_micro")
    rows = (
        Decision.objects.filter(passed, signal__in=signal_ids)
        .annotate(r_micro=r)
        .order_by("user_id", "signal_id")
        .values_list(*names, "signal__matured_at")
    )
    return [MaturedSignal(*row) for row in rows]


def decided_days(signal_ids: Collection[str]) -> list[tuple[str, str, date]]:
    """The (user, rule, session date) of every decision about these signals, each once."""
    rows = Decision.objects.filter(signal__in=signal_ids).order_by().distinct()
    return list(rows.values_list("user_id", "signal__rule_id", "signal__session_date"))


def _days(prefix: str, rule_ids: Collection[str] | None, first_day: date, last_day: date) -> Q:
    wanted: dict[str, Any] = {
        f"{prefix}session_date__gte": first_day,
        f"{prefix}session_date__lte": last_day,
    }
    if rule_ids is not None:
        wanted[f"{prefix}rule_id__in"] = rule_ids
    return Q(**wanted)


def _matured(prefix: str, as_of: datetime | None) -> Q:
    matured = Q(**{f"{prefix}matured_at__isnull": False, f"{prefix}outcome_r__isnull": False})
    return matured if as_of is None else matured & Q(**{f"{prefix}matured_at__lte": as_of})


def _earlier_version(prefix: str, pk: str) -> Exists:
    """Whether the rule fired on the same bar in a version recorded earlier and decided for anybody.

    Keys sort by time of creation, so what is recorded later never changes who came first.
    """
    same = {name: OuterRef(f"{prefix}{name}") for name in ("symbol", "timeframe", "seq", "rule_id")}
    decided = Exists(Decision.objects.filter(signal=OuterRef("pk")))
    return Exists(Signal.objects.filter(**same, pk__lt=OuterRef(pk)).filter(decided))


def _micro_r(column: str) -> Cast:
    clipped = Case(
        When(**{f"{column}__lt": R_MIN}, then=Value(R_MIN)),
        When(**{f"{column}__gt": R_MAX}, then=Value(R_MAX)),
        default=F(column),
    )
    return Cast(Round(clipped * Value(float(MICRO))), BigIntegerField())


def _sum(expression: Cast, condition: Q) -> Coalesce:
    return Coalesce(Sum(expression, filter=condition), 0, output_field=BigIntegerField())
