"""What the schedule does here."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from coach.market.selectors import market_now
from learning.nights import run_due_night


@shared_task(name="learning.night")
def night() -> None:
    """Once a market day is over, whenever that is on the wall: asked every minute."""
    run_due_night(market=market_now(), wall=timezone.now())
