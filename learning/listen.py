"""What the learning loop does when something fires, matures or is labelled."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from coach.signals.events import outcome_maturing, outcome_saved, signal_new
from coach.signals.tallies import decided_days, matured_decisions
from feedback.events import (
    LabelChange,
    ResultChange,
    feedback_saved,
    label_changing,
    label_coming,
    results_changing,
    results_coming,
    results_saved,
)
from learning import ledger
from learning.loop import AGGREGATES, current_views
from learning.selectors import EVERYBODY, Pair

# Django hands a receiver the signal and the sender too.
Extra = Any


def connect() -> None:
    """Subscribe to the rooms below."""
    signal_new.connect(on_signal_new, dispatch_uid="learning")
    outcome_maturing.connect(on_outcome_maturing, dispatch_uid="learning")
    outcome_saved.connect(on_outcome_saved, dispatch_uid="learning")
    label_coming.connect(on_label_coming, dispatch_uid="learning")
    label_changing.connect(on_label_changing, dispatch_uid="learning")
    feedback_saved.connect(on_feedback_saved, dispatch_uid="learning")
    results_coming.connect(on_results_coming, dispatch_uid="learning")
    results_changing.connect(on_results_changing, dispatch_uid="learning")
    results_saved.connect(on_results_saved, dispatch_uid="learning")


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


def on_outcome_maturing(signal_ids: Collection[str], **_: Extra) -> None:
    """Before the commit: from here on nobody believes the old counts of those days."""
    for one in _matured_days(signal_ids):
        AGGREGATES.suspect(one.pairs, one.day, token=one.token, part="all")


def on_outcome_saved(signal_ids: Collection[str], **_: Extra) -> None:
    """Outcomes whose horizon has passed become evidence."""
    touched = _matured_days(signal_ids)
    for one in touched:
        AGGREGATES.refresh(one.pairs, one.day, token=one.token, part="all")
    if touched:
        ledger.record_outcomes(signal_ids)


class MaturedDay(NamedTuple):
    """A session date on which signals have matured, and the series that hold them.

    `token` is the same before and after a commit. Where it is not, because a later process tells of
    other outcomes together, the mark of the one that died runs out by itself.
    """

    day: date
    pairs: list[Pair]
    token: str


def _matured_days(signal_ids: Collection[str]) -> list[MaturedDay]:
    pairs: dict[date, set[Pair]] = defaultdict(set)
    matured: dict[date, set[str]] = defaultdict(set)
    for row in matured_decisions(signal_ids):
        pairs[row.day] |= {(row.user_id, row.rule_id), (EVERYBODY, row.rule_id)}
        matured[row.day].add(row.signal_id)
    return [
        MaturedDay(day, sorted(of_day), _token(day, matured[day])) for day, of_day in pairs.items()
    ]


def _token(day: date, signal_ids: Collection[str]) -> str:
    text = ",".join([str(day), *sorted(signal_ids)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def on_results_coming(
    user_id: str, rule_ids: Collection[str], market_ts: datetime, **_: Extra
) -> None:
    """As with a label: what the trades' transaction will read is read before it."""
    current_views([(user_id, rule_id) for rule_id in rule_ids], now=market_ts, activity=True)


def on_results_changing(changes: Sequence[ResultChange], **_: Extra) -> None:
    """In the trades' transaction: the steps of the scores, the announcement."""
    ledger.record_trades(changes)


def on_results_saved(changes: Sequence[ResultChange], **_: Extra) -> None:
    """After the commit: every process reads the new counts from here on."""
    for pair, day in ledger.touched(changes):
        AGGREGATES.refresh([pair], day, token=changes[0].batch, part="all")
