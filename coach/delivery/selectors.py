"""Reads of this room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from coach.delivery.models import Delivery, Destination
from coach.signals.records import DeliveredAlertRow
from coach.signals.selectors import delivered_since


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a destination's deliveries."""

    sent: int
    waiting: int
    failed: int
    last_sent_at: datetime | None
    last_error: str


def destinations_of(user_id: str) -> QuerySet[Destination]:
    """A user's destinations, oldest first."""
    return Destination.objects.filter(user=user_id).order_by("pk")


def get_destination(user_id: str, destination_id: str) -> Destination | None:
    """One of this user's."""
    return destinations_of(user_id).filter(pk=destination_id).first()


def standing_of(destination: Destination) -> Standing:
    """How its deliveries went."""
    states = {name: Count("pk", filter=Q(state=name)) for name in ("sent", "waiting", "failed")}
    rows = destination.deliveries
    last = Max("ended_at", filter=Q(state="sent"))
    counts = rows.aggregate(**states, last_sent_at=last)
    failing = rows.exclude(error="").exclude(state="sent").order_by("-pk").first()
    return Standing(**counts, last_error=failing.error if failing else "")


def undelivered(*, since: datetime) -> Iterator[tuple[str, str]]:
    """Destination and decision of each delivered alert that is not on its way yet."""
    active = list(Destination.objects.filter(enabled=True))
    if not active:
        return
    alerts = delivered_since({each.user_id for each in active}, since)
    known = set(
        Delivery.objects.filter(
            destination__in=active, decision__in=[alert.id for alert in alerts]
        ).values_list("destination_id", "decision_id")
    )
    for destination in active:
        for alert in alerts:
            if _wants(destination, alert) and (destination.pk, alert.id) not in known:
                yield destination.pk, alert.id


def _wants(destination: Destination, alert: DeliveredAlertRow) -> bool:
    return (
        alert.user_id == destination.user_id
        and alert.created_at >= destination.since
        and (not destination.rules or alert.rule_id in destination.rules)
        and alert.confidence >= destination.min_confidence
    )
