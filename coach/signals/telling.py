"""Matured outcomes are told to every room that learns from them, however often a process dies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from coach.signals.events import outcome_saved
from coach.signals.models import UntoldOutcome

BATCH: Final = 200

log = structlog.get_logger(__name__)


def tell_outcomes(signal_ids: Sequence[str]) -> bool:
    """Tell the rooms above of saved outcomes; whether every one of them took them in.

    What a receiver fails at is its own: the others hear of it, and it is told again later.
    """
    answers = outcome_saved.send_robust(sender=None, signal_ids=list(signal_ids))
    failed = [str(answer) for _, answer in answers if isinstance(answer, Exception)]
    if failed:
        log.error("outcomes.not_taken_in", signals=len(signal_ids), errors=failed)
        return False
    UntoldOutcome.objects.filter(pk__in=signal_ids).delete()
    return True


def tell_untold_outcomes(*, before: datetime) -> int:
    """Tell of the matured outcomes that were committed before a wall time and are not known to be
    taken in yet, in the order in which they matured; how many there were.

    Those of the last moments may be on their way in another process; told twice does no harm.
    """
    waiting = UntoldOutcome.objects.filter(created_at__lt=before)
    ids = list(
        waiting.order_by("signal__matured_at", "signal_id").values_list("signal_id", flat=True)
    )
    for start in range(0, len(ids), BATCH):
        tell_outcomes(ids[start : start + BATCH])
    if ids:
        log.warning("outcomes.told_late", signals=len(ids))
    return len(ids)
