"""Slots: a decision waits for its user's label, for seven days of market time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F

from coach.signals.events import signal_new
from coach.signals.selectors import decisions_about
from feedback.models import Slot

# The short window of the score: a label of an older signal moves little.
SLOT_LIFE: Final = timedelta(days=7)


def connect() -> None:
    """From now on a signal opens a slot for everybody it was decided for."""
    signal_new.connect(_on_signal_new, dispatch_uid="feedback.slots")


def _on_signal_new(signal_ids: Collection[str], **_: Any) -> None:  # noqa: ANN401  Django's signal
    open_slots_for(signal_ids)


def open_slots_for(signal_ids: Collection[str]) -> int:
    """Open a slot for every decision about these signals; slots that exist stay as they are."""
    slots = [
        Slot(
            user_id=decision.user_id,
            signal_id=decision.signal.id,
            opened_at=decision.decided_at,
            expires_at=decision.decided_at + SLOT_LIFE,
        )
        for decision in decisions_about(signal_ids)
    ]
    Slot.objects.bulk_create(slots, ignore_conflicts=True)
    return len(slots)


def close_slot(*, user_id: str, signal_id: str, at: datetime) -> None:
    """Close the slot of a signal that has got its label."""
    waiting = Slot.objects.filter(user=user_id, signal=signal_id, closed_at__isnull=True)
    waiting.update(closed_at=at)


def reopen_slot(*, user_id: str, signal_id: str, at: datetime) -> None:
    """Open the slot again after an undo left no label, unless its time is over."""
    closed = Slot.objects.filter(user=user_id, signal=signal_id, expires_at__gt=at)
    closed.update(closed_at=None)


def close_expired_slots(*, as_of: datetime) -> int:
    """Close every slot whose time was over at a market time; how many."""
    expired = Slot.objects.filter(closed_at__isnull=True, expires_at__lte=as_of)
    return expired.update(closed_at=F("expires_at"))
