"""What the gates look back on: a user's alerts and what became of them. Times are market time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count

from coach.prepared import Prepared
from coach.signals.models import Decision


class DeliveredAlert(NamedTuple):
    """An alert that reached its user; `fired_at` is the close of its bar."""

    user_id: str
    rule_id: str
    symbol: str
    direction: str
    session_date: date
    fired_at: datetime


class AlertResult(NamedTuple):
    """The R of an alert whose horizon has passed."""

    user_id: str
    session_date: date
    r: float


def alerts_since(
    user_ids: Collection[str], *, since: datetime, until: datetime
) -> list[DeliveredAlert]:
    """The alerts decided in (since, until], oldest first."""
    return [DeliveredAlert(*row) for row in _alerts(user_ids, since, until)]


_alerts = Prepared(
    lambda user_ids, since, until: (
        Decision.objects.filter(
            user__in=user_ids, delivered=True, decided_at__gt=since, decided_at__lte=until
        )
        .order_by("decided_at", "user_id", "n")
        .values_list("user_id", *(f"signal__{name}" for name in DeliveredAlert._fields[1:]))
    )
)


def count_alerts(
    user_ids: Collection[str], *, session_dates: Collection[date], until: datetime
) -> dict[tuple[str, date], int]:
    """How many alerts each user got in each of these sessions, decided by `until`."""
    rows = Decision.objects.filter(
        user__in=user_ids,
        delivered=True,
        signal__session_date__in=session_dates,
        decided_at__lte=until,
    ).order_by()
    counted = rows.values_list("user_id", "signal__session_date").annotate(alerts=Count("pk"))
    return {(user_id, day): alerts for user_id, day, alerts in counted}


def alert_results(
    user_ids: Collection[str], *, session_dates: Collection[date], as_of: datetime
) -> list[AlertResult]:
    """What the alerts of these sessions came to by `as_of`, in the order in which they matured."""
    return [AlertResult(*row) for row in _results(user_ids, session_dates, as_of)]


_results = Prepared(
    lambda user_ids, session_dates, as_of: (
        Decision.objects.filter(
            user__in=user_ids,
            delivered=True,
            signal__session_date__in=session_dates,
            signal__matured_at__lte=as_of,
            signal__outcome_r__isnull=False,
        )
        .order_by("signal__matured_at", "user_id", "n")
        .values_list("user_id", "signal__session_date", "signal__outcome_r")
    )
)


class Decided(NamedTuple):
    """That something was decided for a user, and when."""

    user_id: str
    signal_id: str
    decided_at: datetime


def decided_between(*, since: datetime, until: datetime) -> list[Decided]:
    """Everybody's decisions in (since, until], oldest first."""
    rows = Decision.objects.filter(decided_at__gt=since, decided_at__lte=until)
    names = ("user_id", "signal_id", "decided_at")
    return [Decided(*row) for row in rows.order_by("decided_at", "pk").values_list(*names)]


def decided_about(signal_ids: Collection[str]) -> list[Decided]:
    """Everybody's decisions about these signals, by user and number."""
    return [Decided(*row) for row in _about(signal_ids)]


_about = Prepared(
    lambda signal_ids: (
        Decision.objects.filter(signal__in=signal_ids)
        .order_by("user_id", "n")
        .values_list(*Decided._fields)
    )
)
