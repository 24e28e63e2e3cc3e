"""Writes of this room: destinations, and alerts on their way to them."""

from __future__ import annotations

import ipaddress
import random
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from coach.delivery import channels, message, signing
from coach.delivery.channels import DestinationError, Message, SendError
from coach.delivery.guard import Network
from coach.delivery.models import Delivery, Destination, new_id
from coach.delivery.selectors import undelivered
from coach.live.alerts import alerts_json
from coach.signals.selectors import get_decisions

SEND_TASK = "delivery.send"
MOST_DESTINATIONS = 10
AT_ONCE = 500
LEASE = timedelta(seconds=60)
FRESH = timedelta(minutes=15)
"""An alert older than this is no news: it is given up."""
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5.0, 300.0


def allowed_networks() -> tuple[Network, ...]:
    """Private networks to which the operator lets messages go."""
    return tuple(map(ipaddress.ip_network, settings.ENV.DELIVERY_NETWORKS))


def check_url(kind: str, url: str) -> str:
    """What may be shown of an address that can be used.

    Raises:
        DestinationError: it cannot.
    """
    check = channels.check_webhook if kind == Destination.Kind.WEBHOOK else channels.check_apprise
    return check(url, allowed_networks())


def create_destination(*, user_id: str, kind: str, url: str, **choices: Any) -> Destination:  # noqa: ANN401  columns
    """A new destination; a webhook gets a secret of its own.

    Raises:
        DestinationError: the address cannot be used, the name is taken, or there are too many.
    """
    shown = check_url(kind, url)
    secret = signing.new_secret() if kind == Destination.Kind.WEBHOOK else ""
    if Destination.objects.filter(user=user_id).count() >= MOST_DESTINATIONS:
        raise DestinationError(f"At most {MOST_DESTINATIONS} destinations.")
    try:
        with transaction.atomic():
            return Destination.objects.create(
                user_id=user_id, kind=kind, url=url, shown_url=shown, secret=secret, **choices
            )
    except IntegrityError:
        raise DestinationError("You have a destination of this name.") from None


def change_destination(*, destination: Destination, changes: Mapping[str, Any]) -> None:
    """Change name, rules, least confidence, or switch it on or off. What was decided while it was
    off is not sent afterwards.

    Raises:
        DestinationError: the name is taken.
    """
    if changes.get("enabled") and not destination.enabled:
        destination.since = timezone.now()
    for name, value in changes.items():
        setattr(destination, name, value)
    try:
        with transaction.atomic():
            destination.save()
    except IntegrityError:
        raise DestinationError("You have a destination of this name.") from None


def collect(*, now: datetime) -> int:
    """Put the delivered alerts that somebody wants elsewhere on their way, each once; the number.

    It asks the database what is missing, so that no crash between an alert and its delivery can
    lose one.
    """
    made = Delivery.objects.bulk_create(
        [
            Delivery(destination_id=destination, decision_id=decision, next_at=now)
            for destination, decision in undelivered(since=now - FRESH)
        ],
        ignore_conflicts=True,
    )
    return len(made)


def relieve(*, now: datetime) -> None:
    """Collect, give up what is too old, and tell workers of what is due. Again is harmless."""
    collect(now=now)
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    waiting.filter(created_at__lt=now - FRESH, next_at__lte=now).update(
        state=Delivery.State.FAILED, ended_at=now
    )
    due = waiting.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    for pk in due[:AT_ONCE]:
        try:
            current_app.send_task(SEND_TASK, args=[pk])
        except BrokerError:
            return  # Redis is away; the next round tells them


def deliver(delivery_id: str) -> None:
    """Send one; whoever claims it first. A worker that dies leaves it to the next after `LEASE`."""
    now = timezone.now()
    mine = Delivery.objects.filter(
        pk=delivery_id, state=Delivery.State.WAITING, next_at__lte=now, destination__enabled=True
    )
    if not mine.update(attempts=F("attempts") + 1, next_at=now + LEASE):
        return
    row = Delivery.objects.select_related("destination").get(pk=delivery_id)
    try:
        send(row.destination, _message(row))
    except SendError as error:
        _failed(row, error)
    else:
        _end(row, Delivery.State.SENT, "")


def _message(row: Delivery) -> Message:
    decision = get_decisions([row.decision_id])[row.decision_id]
    alert = alerts_json([decision])[0]
    return Message(
        id=row.pk,
        title=message.title_of(alert),
        text=message.text_of(alert),
        document={"type": "alert", "timestamp": timezone.now().isoformat(), "data": alert},
    )


def send(destination: Destination, what: Message) -> None:
    """Send a message now.

    Raises:
        SendError: it was not taken.
    """
    allowed = allowed_networks()
    if destination.kind == Destination.Kind.APPRISE:
        channels.send_apprise(destination.url, what, allowed=allowed)
        return
    channels.send_webhook(
        destination.url, destination.secret, what, timestamp=int(time.time()), allowed=allowed
    )


def send_test(destination: Destination) -> None:
    """A message that says that it is a test.

    Raises:
        SendError: it was not taken.
    """
    text = f"Coach can reach {destination.name}. Alerts come here from now on."
    document = {"type": "test", "timestamp": timezone.now().isoformat(), "data": {"text": text}}
    send(destination, Message(new_id(), "Coach: test", text, document))


def wait_before(attempt: int, *, draw: float) -> float:
    """Seconds until the next attempt: doubled each time, with jitter (`draw` in [0, 1))."""
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1))
    return wait * (0.5 + draw / 2)


def _failed(row: Delivery, error: SendError) -> None:
    if not error.again:
        _end(row, Delivery.State.FAILED, str(error))
        return
    wait = wait_before(row.attempts, draw=random.random())  # noqa: S311  jitter
    Delivery.objects.filter(pk=row.pk, attempts=row.attempts).update(
        next_at=timezone.now() + timedelta(seconds=wait), error=str(error)
    )


def _end(row: Delivery, state: str, error: str) -> None:
    Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING).update(
        state=state, error=error, ended_at=timezone.now()
    )


def prune_deliveries(*, before: datetime) -> int:
    """Delete what ended before a wall time; the number."""
    deleted, _ = Delivery.objects.filter(ended_at__lt=before).delete()
    return deleted
