"""A repeated request with the same key gets the same answer and writes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from coach.signals.tests.factories import trader
from feedback.errors import FeedbackConflictError
from feedback.events import label_changing
from feedback.models import Feedback, IdempotencyKey
from feedback.services import prune_keys
from feedback.tests.factories import decided, label

pytestmark = pytest.mark.django_db(transaction=True)


def test_same_key_same_body_gets_the_same_answer_whatever_came_between() -> None:
    user = trader()
    signal = decided(user.pk)
    asked: list[str] = []

    def answer(**_: object) -> dict[str, object]:
        asked.append("once")
        return {"score": {"before": len(asked), "after": 1.5}}

    label_changing.connect(answer)
    try:
        first = label(user.pk, signal.id, "good", idempotency_key="k1")
        label(user.pk, signal.id, "bad", idempotency_key="k2")
        again = label(user.pk, signal.id, "good", idempotency_key="k1")
    finally:
        label_changing.disconnect(answer)
    assert again.feedback == first.feedback
    assert again.effects["score"] == first.effects["score"] == {"before": 1, "after": 1.5}
    assert (first.created, again.created) == (True, False)
    assert Feedback.objects.count() == 2


def test_same_key_other_body_is_a_conflict_and_writes_nothing() -> None:
    user = trader()
    signal = decided(user.pk)
    label(user.pk, signal.id, "good", idempotency_key="k1")
    with pytest.raises(FeedbackConflictError, match="Idempotency-Key"):
        label(user.pk, signal.id, "bad", idempotency_key="k1")
    assert Feedback.objects.count() == 1


def test_a_key_belongs_to_one_user() -> None:
    one, two = trader(), trader()
    signal = decided(one.pk, two.pk)
    label(one.pk, signal.id, "good", idempotency_key="k1")
    label(two.pk, signal.id, "bad", idempotency_key="k1")
    assert Feedback.objects.count() == 2


def test_old_keys_are_forgotten() -> None:
    user = trader()
    signal = decided(user.pk)
    label(user.pk, signal.id, "good", idempotency_key="k1")
    assert prune_keys(before=timezone.now() - timedelta(hours=1)) == 0
    assert prune_keys(before=timezone.now() + timedelta(seconds=1)) == 1
    assert not IdempotencyKey.objects.exists()
