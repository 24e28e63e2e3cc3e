"""Moments for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from coach.signals.records import FiredSignal, NewDecision
from coach.signals.services import record_moment
from risk.services import decide_moment


def decide_for(
    user_ids: Sequence[str], *signals: FiredSignal, as_of: datetime | None = None, **changes: Any
) -> list[NewDecision]:
    """Decide signals that all these users watch, at the close of the first one's bar."""
    return decide_moment(
        signals=signals,
        watchers={signal.symbol: user_ids for signal in signals},
        as_of=as_of or signals[0].fired_at,
        **changes,
    )


def decide_and_record(user_ids: Sequence[str], *signals: FiredSignal) -> list[NewDecision]:
    """The same, recorded as live records it."""
    decisions = decide_for(user_ids, *signals)
    with transaction.atomic():
        record_moment(fired=signals, decisions=decisions)
    return decisions
