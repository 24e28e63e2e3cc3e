"""The last label per user and signal counts, nothing is lost, bad input is refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from coach.signals.records import OutcomeUpdate
from coach.signals.services import save_outcomes
from coach.signals.tests.factories import SESSION, trader
from feedback.counting import count_labels
from feedback.errors import FeedbackConflictError, InvalidFeedbackError, NoDecisionError
from feedback.events import LabelChange, feedback_saved, label_changing
from feedback.models import Feedback
from feedback.selectors import labels_of
from feedback.services import give_label, undo
from feedback.tests.factories import NOON, decided, label
from observability import metrics

pytestmark = pytest.mark.django_db(transaction=True)


def current(user_id: str, signal_id: str) -> str | None:
    row = labels_of(user_id, [signal_id]).get(signal_id)
    return None if row is None else row.label


def test_the_last_label_counts_and_the_earlier_ones_stay() -> None:
    user = trader()
    signal = decided(user.pk)
    for name in ("good", "late", "bad"):
        label(user.pk, signal.id, name)
    assert current(user.pk, signal.id) == "bad"
    rows = Feedback.objects.order_by("revision").values_list("revision", "label")
    assert list(rows) == [(1, "good"), (2, "late"), (3, "bad")]


def test_a_signal_may_be_named_by_its_bar_and_rule() -> None:
    user = trader()
    signal = decided(user.pk)
    given = give_label(
        user_id=user.pk,
        symbol="SPY",
        seq=signal.seq,
        rule_id="ltp_breakout",
        label="good",
        market_ts=NOON,
    )
    assert given.feedback is not None
    assert given.feedback.signal_id == signal.id
    assert given.feedback.delivered is True
    assert given.feedback.session_date == SESSION


def test_the_same_label_again_adds_no_row_unless_the_notes_change() -> None:
    user = trader()
    signal = decided(user.pk)
    first = label(user.pk, signal.id, "good")
    again = label(user.pk, signal.id, "good")
    noted = label(user.pk, signal.id, "good", notes="chased it")
    assert (first.created, again.created, noted.created) == (True, False, True)
    assert again.feedback == first.feedback
    assert Feedback.objects.count() == 2


def test_undo_restores_the_label_before_step_by_step() -> None:
    user = trader()
    signal = decided(user.pk)
    good = label(user.pk, signal.id, "good", notes="first")
    bad = label(user.pk, signal.id, "bad")
    assert good.feedback is not None
    assert bad.feedback is not None

    back = undo(user_id=user.pk, feedback_id=bad.feedback.id, market_ts=NOON)
    assert back.feedback == good.feedback
    assert current(user.pk, signal.id) == "good"

    none = undo(user_id=user.pk, feedback_id=good.feedback.id, market_ts=NOON)
    assert none.feedback is None
    assert current(user.pk, signal.id) is None
    assert list(Feedback.objects.order_by("revision").values_list("label", "notes")) == [
        ("good", "first"),
        ("bad", ""),
        ("good", "first"),
        (None, ""),
    ]


def test_undoing_twice_changes_nothing() -> None:
    user = trader()
    signal = decided(user.pk)
    given = label(user.pk, signal.id).feedback
    assert given is not None
    undo(user_id=user.pk, feedback_id=given.id, market_ts=NOON)
    again = undo(user_id=user.pk, feedback_id=given.id, market_ts=NOON)
    assert (again.feedback, again.created) == (None, False)
    assert Feedback.objects.count() == 2


def test_a_replaced_label_cannot_be_undone() -> None:
    user = trader()
    signal = decided(user.pk)
    first = label(user.pk, signal.id, "good").feedback
    label(user.pk, signal.id, "bad")
    assert first is not None
    with pytest.raises(FeedbackConflictError, match="id: replaced by"):
        undo(user_id=user.pk, feedback_id=first.id, market_ts=NOON)
    assert current(user.pk, signal.id) == "bad"


def test_nobody_undoes_the_label_of_another() -> None:
    user, other = trader(), trader()
    signal = decided(user.pk, other.pk)
    given = label(user.pk, signal.id).feedback
    assert given is not None
    with pytest.raises(NoDecisionError, match="id:"):
        undo(user_id=other.pk, feedback_id=given.id, market_ts=NOON)


def test_a_signal_that_was_not_decided_for_the_user_cannot_be_labelled() -> None:
    user, other = trader(), trader()
    signal = decided(user.pk)
    with pytest.raises(NoDecisionError, match="signalId"):
        label(other.pk, signal.id)
    with pytest.raises(NoDecisionError, match="seq"):
        give_label(
            user_id=user.pk, symbol="SPY", seq=1, rule_id="ltp_breakout", label="good",
            market_ts=NOON,
        )  # fmt: skip
    assert Feedback.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("label", {"label": "great"}),
        ("notes", {"notes": "x" * 2001}),
        ("notes", {"notes": "nul \x00"}),
        ("Idempotency-Key", {"idempotency_key": ""}),
        ("Idempotency-Key", {"idempotency_key": "k" * 101}),
        ("symbol", {"symbol": "SPY"}),
        ("symbol", {"signal_id": None}),
        ("seq", {"signal_id": None, "symbol": "SPY", "rule_id": "ltp_breakout"}),
        ("seq", {"signal_id": None, "symbol": "SPY", "seq": -1, "rule_id": "ltp_breakout"}),
        ("seq", {"signal_id": None, "symbol": "SPY", "seq": 2**64, "rule_id": "ltp_breakout"}),
        ("ruleId", {"signal_id": None, "symbol": "SPY", "seq": 1}),
        ("signalId", {"signal_id": "\x00"}),
    ],
)
def test_what_is_refused_names_its_field(field: str, changes: dict[str, Any]) -> None:
    user = trader()
    arguments: dict[str, Any] = {
        "user_id": user.pk,
        "signal_id": decided(user.pk).id,
        "label": "good",
        "market_ts": NOON,
    }
    with pytest.raises(InvalidFeedbackError) as refused:
        give_label(**arguments | changes)
    assert refused.value.field == field
    assert Feedback.objects.count() == 0


def test_hindsight_is_noted() -> None:
    user = trader()
    signal = decided(user.pk)
    update = OutcomeUpdate(signal_id=signal.id, state="closed", r=1.45, known_at=NOON)
    with transaction.atomic():
        save_outcomes(updates=[update])
    early = label(user.pk, signal.id, "good", market_ts=NOON - timedelta(minutes=1)).feedback
    late = label(user.pk, signal.id, "bad", market_ts=NOON).feedback
    assert early is not None
    assert late is not None
    assert (early.outcome_known, late.outcome_known) == (False, True)


def test_counts_hold_current_labels_and_reach_back_to_a_past_moment() -> None:
    user = trader()
    alert, held = decided(user.pk), decided(user.pk, minute=5, delivered=False)
    label(user.pk, alert.id, "good")
    label(user.pk, held.id, "missed")
    later = NOON + timedelta(hours=1)
    label(user.pk, alert.id, "bad", market_ts=later)

    def counted(as_of: Any = None) -> list[tuple[str, bool | None, int]]:
        tallies = count_labels(
            rule_ids=None, user_ids=None, first_day=SESSION, last_day=SESSION, as_of=as_of
        )
        return sorted((tally.label, tally.delivered, tally.labels) for tally in tallies)

    assert counted() == [("bad", True, 1), ("missed", False, 1)]
    assert counted(NOON) == [("good", True, 1), ("missed", False, 1)]
    assert counted(NOON - timedelta(minutes=1)) == []


def test_receivers_write_with_the_label_and_their_refusal_undoes_it() -> None:
    user = trader()
    signal = decided(user.pk)

    def refuse(change: LabelChange, **_: Any) -> None:
        raise RuntimeError(f"no {change.after}")

    label_changing.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="no good"):
            label(user.pk, signal.id)
    finally:
        label_changing.disconnect(refuse)
    assert Feedback.objects.count() == 0


def test_a_label_is_counted_once_and_its_undo_is_not() -> None:
    user = trader()
    signal = decided(user.pk)
    counter = metrics.feedback_labels_total.labels(signal.rule_id, "bad")
    before = counter._value.get()
    given = label(user.pk, signal.id, "bad")
    label(user.pk, signal.id, "bad")
    assert given.feedback is not None
    undo(user_id=user.pk, feedback_id=given.feedback.id, market_ts=NOON)
    assert counter._value.get() == before + 1


def test_saved_is_sent_once_committed() -> None:
    user = trader()
    signal = decided(user.pk)
    seen: list[tuple[LabelChange, bool]] = []

    def note(change: LabelChange, **_: Any) -> None:
        committed = not transaction.get_connection().in_atomic_block
        seen.append((change, committed and Feedback.objects.filter(pk=change.feedback_id).exists()))

    feedback_saved.connect(note)
    try:
        given = label(user.pk, signal.id)
        label(user.pk, signal.id)
    finally:
        feedback_saved.disconnect(note)
    assert given.feedback is not None
    assert [(change.feedback_id, change.before, change.after, ok) for change, ok in seen] == [
        (given.feedback.id, None, "good", True)
    ]
