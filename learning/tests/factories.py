"""Matured signals for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from coach.signals.records import OutcomeUpdate, SignalRow
from coach.signals.selectors import get_signals
from coach.signals.services import record_moment, save_outcomes
from coach.signals.tests.factories import SESSION, fired_signal, new_decision
from feedback.tests.factories import NOON, decided

__all__ = ["NOON", "decided", "mature", "matured", "matured_history"]


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


def matured_history(
    *user_ids: str, results: Sequence[float], day: int = 0, **changes: Any
) -> list[SignalRow]:
    """One signal a minute from the open on, each matured half an hour later with its R."""
    session_date = SESSION + timedelta(days=day)
    fired = [
        fired_signal(day * 1440 + minute, session_date=session_date, **changes)
        for minute in range(len(results))
    ]
    decisions = [
        new_decision(user_id, signal.key, decided_at=signal.fired_at)
        for signal in fired
        for user_id in user_ids
    ]
    with transaction.atomic():
        ids = record_moment(fired=fired, decisions=decisions).signal_ids
        save_outcomes(
            updates=[
                OutcomeUpdate(
                    signal_id=ids[signal.key],
                    state="closed",
                    r=r,
                    known_at=signal.fired_at + timedelta(minutes=30),
                    matured_at=signal.fired_at + timedelta(minutes=30),
                )
                for signal, r in zip(fired, results, strict=True)
            ]
        )
    rows = get_signals([ids[signal.key] for signal in fired])
    return [rows[ids[signal.key]] for signal in fired]
