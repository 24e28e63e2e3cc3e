"""What the learning loop does when something fires, matures or is labelled."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from coach.signals.events import outcome_saved, signal_new
from coach.signals.tallies import decided_days, matured_decisions
from feedback.events import LabelChange, feedback_saved, label_changing, label_coming
from learning import ledger
from learning.loop import AGGREGATES, current_views
from learning.selectors import EVERYBODY, Pair

# Django hands a receiver the signal and the sender too.
Extra = Any


def connect() -> None:
    """Subscribe to the rooms below."""
    signal_new.connect(on_signal_new, dispatch_uid="learning")
    outcome_saved.connect(on_outcome_saved, dispatch_uid="learning")
    label_coming.connect(on_label_coming, dispatch_uid="learning")
    label_changing.connect(on_label_changing, dispatch_uid="learning")
    feedback_saved.connect(on_feedback_saved, dispatch_uid="learning")


def on_signal_new(signal_ids: Collection[str], **_: Extra) -> None:
    """What fired is counted when somebody next looks; the score does not depend on it."""
    days = [((user_id, rule_id), day) for user_id, rule_id, day in decided_days(signal_ids)]
    if days:
        AGGREGATES.fire(days)


def on_label_coming(user_id: str, rule_id: str, market_ts: datetime, **_: Extra) -> None:
    """Bring the rule's figures up to date, so that the label's transaction finds them in memory."""
    current_views([(user_id, rule_id)], now=market_ts, activity=True)


def on_label_changing(change: LabelChange, **_: Extra) -> dict[str, Any]:
    """In the label's transaction: the step of the score, the announcement, the answer."""
    return ledger.record_label(change)


def on_feedback_saved(change: LabelChange, **_: Extra) -> None:
    """After the commit: every process reads the new counts from here on."""
    pairs = [(change.user_id, change.rule_id), (EVERYBODY, change.rule_id)]
    AGGREGATES.refresh(pairs, change.session_date, token=str(change.feedback_id), part="labels")


def on_outcome_saved(signal_ids: Collection[str], **_: Extra) -> None:
    """Outcomes whose horizon has passed become evidence."""
    touched: dict[date, set[Pair]] = defaultdict(set)
    for row in matured_decisions(signal_ids):
        touched[row.day] |= {(row.user_id, row.rule_id), (EVERYBODY, row.rule_id)}
    for day, pairs in touched.items():
        AGGREGATES.refresh(sorted(pairs), day, token=secrets.token_hex(8), part="all")
    if touched:
        ledger.record_outcomes(signal_ids)
