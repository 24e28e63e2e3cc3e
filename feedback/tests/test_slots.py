"""A decision waits for its label in a slot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coach.signals.tests.factories import trader
from feedback.models import Slot
from feedback.selectors import open_slots
from feedback.services import undo
from feedback.slots import close_expired_slots, open_missing_slots, open_slots_for
from feedback.tests.factories import NOON, decided, label

pytestmark = pytest.mark.django_db(transaction=True)


def waiting(user_id: str, days: int = 0) -> list[str]:
    return [slot.signal_id for slot in open_slots(user_id, as_of=NOON + timedelta(days=days))]


def test_a_signal_opens_a_slot_for_everybody_it_was_decided_for() -> None:
    one, two, third = trader(), trader(), trader()
    alert = decided(one.pk, two.pk)
    held = decided(one.pk, minute=3, delivered=False)
    assert waiting(one.pk) == [alert.id, held.id]
    assert waiting(two.pk) == [alert.id]
    assert waiting(third.pk) == []


def test_a_label_closes_the_slot_and_its_undo_opens_it_again() -> None:
    user = trader()
    signal = decided(user.pk)
    given = label(user.pk, signal.id).feedback
    assert waiting(user.pk) == []
    assert given is not None
    undo(user_id=user.pk, feedback_id=given.id, market_ts=NOON)
    assert waiting(user.pk) == [signal.id]


def test_an_undo_that_leaves_a_label_leaves_the_slot_closed() -> None:
    user = trader()
    signal = decided(user.pk)
    label(user.pk, signal.id, "good")
    second = label(user.pk, signal.id, "bad").feedback
    assert second is not None
    undo(user_id=user.pk, feedback_id=second.id, market_ts=NOON)
    assert waiting(user.pk) == []


def test_a_slot_expires_after_seven_days_and_is_not_opened_twice() -> None:
    user = trader()
    signal = decided(user.pk)
    open_slots_for([signal.id])
    assert waiting(user.pk, days=6) == [signal.id]
    assert waiting(user.pk, days=7) == []
    assert close_expired_slots(as_of=NOON + timedelta(days=7)) == 1
    assert waiting(user.pk) == []


def test_a_slot_that_was_left_out_is_opened_later_unless_there_is_a_label() -> None:
    user = trader()
    left_out, labelled = decided(user.pk), decided(user.pk, minute=1)
    label(user.pk, labelled.id)
    Slot.objects.all().delete()
    open_missing_slots(as_of=NOON)
    open_missing_slots(as_of=NOON)
    assert waiting(user.pk) == [left_out.id]
    Slot.objects.all().delete()
    open_missing_slots(as_of=NOON + timedelta(days=8))
    assert not Slot.objects.exists()
