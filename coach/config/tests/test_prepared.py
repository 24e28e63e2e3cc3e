"""A prepared query answers as the ORM does, with the columns read as the ORM reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from coach.prepared import Prepared, PreparedInsert, PreparedUpdate
from coach.signals.models import Decision, Outbox
from coach.signals.tests.factories import trader
from feedback.models import Feedback, Slot
from feedback.slots import open_slots_for
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


def test_collections_times_dates_and_numbers_stand_where_they_belong() -> None:
    user, other = trader(), trader()
    signals = [decided(user.pk, other.pk, minute=minute) for minute in range(5)]
    found = Prepared(
        lambda user_id, since, days, seqs: (
            Decision.objects.filter(
                user=user_id,
                decided_at__gt=since,
                signal__session_date__in=days,
                signal__seq__in=seqs,
            )
            .order_by("n")
            .values_list("user_id", "signal__seq")
        )
    )
    seqs = [signal.seq for signal in signals]
    days = {signals[0].session_date, signals[0].session_date + timedelta(days=1)}
    first = signals[0].fired_at
    assert found(user.pk, first, days, seqs) == [(user.pk, seq) for seq in seqs[1:]]
    assert found(other.pk, first, days, seqs[:3]) == [(other.pk, seq) for seq in seqs[1:3]]
    assert found(user.pk, first - timedelta(microseconds=1), days, seqs[:1]) == [(user.pk, seqs[0])]
    assert found(user.pk, first, [signals[0].session_date + timedelta(days=1)], seqs) == []


def test_an_empty_collection_finds_nothing(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    found = Prepared(lambda ids: Outbox.objects.filter(kind__in=ids).values_list("pk"))
    change = PreparedUpdate(lambda ids: (Outbox.objects.filter(kind__in=ids), {"kind": "x"}))
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert found([]) == []
        assert change([]) == 0


def test_an_update_changes_what_it_names_and_says_how_many() -> None:
    user, other = trader(), trader()
    signal = decided(user.pk, other.pk)
    open_slots_for([signal.id])
    move = PreparedUpdate(
        lambda user_id, signal_id, at: (
            Slot.objects.filter(user=user_id, signal=signal_id),
            {"closed_at": at, "expires_at": F("opened_at") + timedelta(hours=1)},
        )
    )
    later = signal.fired_at + timedelta(minutes=3)
    assert move(user.pk, signal.id, later) == 1
    assert move(user.pk, "no signal", later) == 0
    closed = Slot.objects.get(user=user)
    assert (closed.closed_at, closed.expires_at) == (later, closed.opened_at + timedelta(hours=1))
    assert Slot.objects.get(user=other).closed_at is None


def test_rows_inserted_read_back_as_they_were_given() -> None:
    user, other = trader(), trader()
    signal = decided(other.pk)
    given = Decision(
        user_id=user.pk,
        signal_id=signal.id,
        n=7,
        delivered=False,
        reason_code="muted",
        reason="muted until 10:05",
        numbers={"budget": 3.5, "names": ["a", None]},
        until=signal.fired_at,
        governor="v2",
        shadow=None,
        decided_at=signal.fired_at,
    )
    before = Decision.objects.count()
    PreparedInsert(Decision)([given])
    row = Decision.objects.get(pk=given.pk)
    for field in Decision._meta.concrete_fields:
        assert getattr(row, field.attname) == getattr(given, field.attname), field.name
    assert Decision.objects.count() == before + 1
    assert row.created_at is not None


def test_a_row_that_is_there_already_is_left_out_or_refused() -> None:
    user = trader()
    signal = decided(user.pk)
    kept = Decision.objects.get(user=user)
    again = Decision(user_id=user.pk, signal_id=signal.id, n=kept.n + 1, delivered=True)
    again.decided_at = kept.decided_at
    PreparedInsert(Decision, ignore_conflicts=True)([again])
    assert list(Decision.objects.filter(user=user)) == [kept]
    with pytest.raises(IntegrityError), transaction.atomic():
        PreparedInsert(Decision)([again])


def test_no_rows_ask_nothing(django_assert_num_queries: Callable[[int], object]) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        PreparedInsert(Outbox)([])
