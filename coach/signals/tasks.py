"""What the schedule does here."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from coach.signals.telling import tell_untold_outcomes

# Whoever committed them later than this is most likely telling of them just now.
PATIENCE: Final = timedelta(seconds=30)


@shared_task(name="signals.tell_untold_outcomes")
def tell_untold() -> None:
    """Outcomes whose process died before it could tell of them."""
    tell_untold_outcomes(before=timezone.now() - PATIENCE)
