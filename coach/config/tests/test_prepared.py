"""A prepared query answers as the ORM does, with the columns read as the ORM reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.models import Q

from coach.prepared import Prepared
from coach.signals.models import Decision, Outbox
from coach.signals.tests.factories import trader
from feedback.models import Feedback
from feedback.tests.factories import decided, label

pytestmark = pytest.mark.django_db


def test_values_stand_where_they_belong_whatever_their_order() -> None:
    user, other = trader(), trader()
    signal = decided(user.pk, other.pk)
    by_signal = Prepared(
        lambda signal_id, user_id: Decision.objects.filter(
            delivered=True, user=user_id, signal=signal_id
        ).values_list("user_id", "signal_id")
    )
    assert by_signal(signal.id, user.pk) == [(user.pk, signal.id)]
    assert by_signal(signal.id, other.pk) == [(other.pk, signal.id)]
    assert by_signal(user.pk, signal.id) == []


def test_columns_come_as_the_orm_reads_them() -> None:
    user = trader()
    signal = decided(user.pk)
    label(user.pk, signal.id, "good", notes="clean")
    columns = ("id", "session_date", "market_ts", "created_at", "delivered", "undoes_id")
    rows = Feedback.objects.filter(user=user.pk).values_list(*columns)
    found = Prepared(lambda user_id: Feedback.objects.filter(user=user_id).values_list(*columns))
    assert found(user.pk) == list(rows)
    outbox = Outbox.objects.order_by("pk").values_list("pk", "payload", "created_at")
    assert Prepared(lambda: outbox)() == list(outbox)
    assert outbox


def test_a_second_question_compiles_nothing(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    made: list[str] = []

    def rows(user_id: str) -> object:
        made.append(user_id)
        return Feedback.objects.filter(user=user_id).values_list("label")

    prepared = Prepared(rows)  # type: ignore[arg-type]
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert prepared(trader_id := "nobody") == prepared(trader_id) == []
    assert len(made) == 1


@pytest.mark.parametrize(
    "where",
    [
        lambda user_id, other: Q(user=user_id),  # noqa: ARG005
        lambda user_id, other: Q(user=user_id) & (Q(target=other) | Q(notes=other)),
    ],
)
def test_a_value_stands_in_exactly_one_comparison(where: Callable[[str, str], Q]) -> None:
    query = Prepared(
        lambda user_id, other: Feedback.objects.filter(where(user_id, other)).values_list("pk")
    )
    with pytest.raises(ValueError, match="one comparison"):
        query("a", "b")
