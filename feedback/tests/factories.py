"""Decided signals and labels for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from coach.signals.records import SignalRow
from coach.signals.selectors import get_signals
from coach.signals.services import record_moment
from coach.signals.tests.factories import SESSION, fired_signal, new_decision
from feedback.services import LabelResult, give_label

NOON = datetime(2025, 3, 3, 17, 0, tzinfo=UTC)


def decided(
    *user_ids: str, minute: int = 0, delivered: bool = True, day: int = 0, **changes: Any
) -> SignalRow:
    """A signal `day` days and `minute` minutes after the first one, decided for these users."""
    base = fired_signal(minute + day * 1440, session_date=SESSION + timedelta(days=day), **changes)
    decisions = [
        new_decision(
            user_id,
            base.key,
            delivered=delivered,
            reason_code="delivered" if delivered else "confidence",
            decided_at=base.fired_at,
        )
        for user_id in user_ids
    ]
    with transaction.atomic():
        recorded = record_moment(fired=[base], decisions=decisions)
    signal_id = recorded.signal_ids[base.key]
    return get_signals([signal_id])[signal_id]


def label(user_id: str, signal_id: str, name: str = "good", **changes: Any) -> LabelResult:
    """Label a signal at noon of the first session."""
    arguments: dict[str, Any] = {"market_ts": NOON} | changes
    return give_label(user_id=user_id, signal_id=signal_id, label=name, **arguments)
