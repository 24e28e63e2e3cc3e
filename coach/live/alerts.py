"""Alerts as JSON, put together from the rooms that know a part: decision, label, flag, tick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from coach.flags.services import active_users
from coach.market.selectors import tick_sizes_of
from coach.signals.payload import alert_json
from coach.signals.records import DecisionRow
from feedback.selectors import FeedbackRow, labels_of

EXPLAIN_V2 = "enableExplainV2"


def alerts_json(decisions: Sequence[DecisionRow]) -> list[dict[str, Any]]:
    """The alerts as the client reads them, in the order given; the same for API and stream.

    The queries depend on the number of users, not of alerts.
    """
    signals_of = defaultdict(list)
    for decision in decisions:
        signals_of[decision.user_id].append(decision.signal.id)
    labels = {user_id: labels_of(user_id, ids) for user_id, ids in signals_of.items()}
    explain_v2 = active_users(EXPLAIN_V2, list(signals_of))
    ticks = tick_sizes_of({decision.signal.symbol for decision in decisions})
    return [
        alert_json(
            decision,
            label=label_json(labels[decision.user_id].get(decision.signal.id)),
            explain_v2=decision.user_id in explain_v2,
            tick=ticks[decision.signal.symbol],
        )
        for decision in decisions
    ]


def label_json(row: FeedbackRow | None) -> dict[str, Any] | None:
    """A current label as part of an alert."""
    if row is None:
        return None
    return {
        "id": str(row.id),
        "label": row.label,
        "notes": row.notes,
        "outcomeKnown": row.outcome_known,
    }
