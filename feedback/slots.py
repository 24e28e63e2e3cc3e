"""Slots: a decision waits for its user's label, for seven days of market time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import F

from coach.signals.events import signal_new
from coach.signals.history import Decided, decided_about, decided_between
from feedback.models import Slot
from feedback.selectors import current_labels

# The short window of the score: a label of an older signal moves little.
SLOT_LIFE: Final = timedelta(days=7)
# By hand, as `_CLOSE`: a part of every signal.
_OPEN: Final = """
    INSERT INTO feedback_slot (user_id, signal_id, opened_at, expires_at)
    VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
# A part of every label's transaction.
_CLOSE: Final = """
    UPDATE feedback_slot SET closed_at = %s
    WHERE user_id = %s AND signal_id = %s AND closed_at IS NULL
"""


def connect() -> None:
    """From now on a signal opens a slot for everybody it was decided for."""
    signal_new.connect(_on_signal_new, dispatch_uid="feedback.slots")


def _on_signal_new(signal_ids: Collection[str], **_: Any) -> None:  # noqa: ANN401  Django's signal
    open_slots_for(signal_ids)


def open_slots_for(signal_ids: Collection[str]) -> None:
    """Open a slot for every decision about these signals; slots that exist stay as they are."""
    _open(decided_about(signal_ids))


def open_missing_slots(*, as_of: datetime) -> None:
    """Open the slots that a process left out which died right after the signals were committed."""
    decided = decided_between(since=as_of - SLOT_LIFE, until=as_of)
    there = set(Slot.objects.filter(expires_at__gt=as_of).values_list("user_id", "signal_id"))
    labelled = set(
        current_labels()
        .filter(market_ts__gt=as_of - SLOT_LIFE, label__isnull=False)
        .values_list("user_id", "signal_id")
    )
    known = there | labelled
    _open(one for one in decided if (one.user_id, one.signal_id) not in known)


def _open(decided: Iterable[Decided]) -> None:
    adapted = connection.ops.adapt_datetimefield_value
    rows = [
        (one.user_id, one.signal_id, adapted(one.decided_at), adapted(one.decided_at + SLOT_LIFE))
        for one in decided
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_OPEN, rows)


def close_slot(*, user_id: str, signal_id: str, at: datetime) -> None:
    """Close the slot of a signal that has got its label."""
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [moment, user_id, signal_id])


def reopen_slot(*, user_id: str, signal_id: str, at: datetime) -> None:
    """Open the slot again after an undo left no label, unless its time is over."""
    closed = Slot.objects.filter(user=user_id, signal=signal_id, expires_at__gt=at)
    closed.update(closed_at=None)


def close_expired_slots(*, as_of: datetime) -> int:
    """Close every slot whose time was over at a market time; how many."""
    expired = Slot.objects.filter(closed_at__isnull=True, expires_at__lte=as_of)
    return expired.update(closed_at=F("expires_at"))
