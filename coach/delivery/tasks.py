"""What workers do here. A task is the number of a row; doing it twice does it once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from coach.delivery import services


@shared_task(name=services.SEND_TASK)
def send(delivery_id: str) -> None:
    """One alert to one destination."""
    services.deliver(delivery_id)


@shared_task(name="delivery.relieve")
def relieve() -> None:
    """New alerts, second attempts, and what a dead worker left."""
    services.relieve(now=timezone.now())
