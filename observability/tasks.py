"""What the schedule does here."""

from __future__ import annotations

import time

from celery import shared_task

from observability import slo


@shared_task(name="observability.persist_sketches")
def persist_sketches() -> None:
    """Copy the sketches of the last minutes from Redis to the database."""
    slo.persist(now=time.time())


@shared_task(name="observability.compact_sketches")
def compact_sketches() -> None:
    """Merge old minutes into hours and forget old hours."""
    slo.compact(now=time.time())
