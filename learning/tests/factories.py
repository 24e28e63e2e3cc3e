"""Matured signals for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from coach.signals.records import OutcomeUpdate, SignalRow
from coach.signals.services import save_outcomes
from feedback.tests.factories import NOON, decided

__all__ = ["NOON", "decided", "mature", "matured"]


def mature(signal: SignalRow, r: float | None, *, at: datetime | None = None) -> SignalRow:
    """Let a signal's horizon pass with this R, half an hour after it fired unless `at` is given."""
    at = at or signal.fired_at + timedelta(minutes=30)
    update = OutcomeUpdate(
        signal_id=signal.id,
        state="none" if r is None else "closed",
        r=r,
        known_at=at,
        matured_at=at,
    )
    with transaction.atomic():
        save_outcomes(updates=[update])
    return signal


def matured(*user_ids: str, r: float | None, **changes: Any) -> SignalRow:
    """A decided signal whose horizon has passed."""
    return mature(decided(*user_ids, **changes), r)
