"""What the schedule does here."""

from __future__ import annotations

from celery import shared_task

from coach.market.selectors import market_now
from coach.market.services import compact_received

KEEP_AS_ROWS_MS = 24 * 3_600_000
"""A day of bars stays as rows alone: corrections come soon, and a row takes them cheaply."""


@shared_task(name="market.compact_received")
def compact() -> None:
    """Move received bars older than a day of market time into the cache."""
    compact_received(before_ms=int(market_now().timestamp() * 1000) - KEEP_AS_ROWS_MS)
