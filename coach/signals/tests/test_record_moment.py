"""A moment is recorded whole, once, and its decisions are numbered without a hole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from coach.signals import events
from coach.signals.models import Decision, Outbox, Signal
from coach.signals.records import SignalKey
from coach.signals.services import announce, record_moment
from coach.signals.tests.factories import fired_signal, new_decision, trader


class Heard:
    """What a subscriber of an event of this room was told."""

    def __init__(self, event: Any) -> None:
        self.calls: list[dict[str, Any]] = []
        event.connect(self, weak=False)
        self._event = event

    def __call__(self, **arguments: Any) -> None:
        del arguments["sender"], arguments["signal"]
        self.calls.append(arguments)

    def __enter__(self) -> Heard:
        return self

    def __exit__(self, *_: object) -> None:
        self._event.disconnect(self)


def record(*minutes: int, users: list[str], **changes: Any) -> Any:
    fired = [fired_signal(minute, **changes) for minute in minutes]
    decisions = [new_decision(user, signal.key) for signal in fired for user in users]
    with transaction.atomic():
        return record_moment(fired=fired, decisions=decisions)


@pytest.mark.django_db(transaction=True)
def test_signals_decisions_and_outbox_are_written_and_announced_after_the_commit() -> None:
    user = trader()
    fired = [fired_signal(rule_id="ema_cross"), fired_signal()]
    decisions = [
        new_decision(user.pk, fired[0].key, delivered=False, reason_code="confidence"),
        new_decision(user.pk, fired[1].key),
    ]
    with Heard(events.signal_new) as new, Heard(events.outbox_committed) as committed:
        with transaction.atomic():
            recorded = record_moment(fired=fired, decisions=decisions, latency={"evaluator": 0.2})
            assert new.calls == committed.calls == []
        assert new.calls == [{"signal_ids": list(recorded.new_signal_ids)}]
        assert len(committed.calls) == 1
    rows = Decision.objects.order_by("n")
    assert [(row.n, row.delivered, row.signal_id) for row in rows] == [
        (1, False, recorded.signal_ids[fired[0].key]),
        (2, True, recorded.signal_ids[fired[1].key]),
    ]
    assert rows[0].latency == {"evaluator": 0.2}
    assert list(Outbox.objects.order_by("pk").values_list("kind", "user_id", "payload")) == [
        ("suppressed", user.pk, {"decisionId": rows[0].pk}),
        ("alert", user.pk, {"decisionId": rows[1].pk}),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_repeated_moment_changes_nothing_and_announces_nothing() -> None:
    user = trader()
    first = record(0, 1, users=[user.pk])
    with Heard(events.signal_new) as new, Heard(events.outbox_committed) as committed:
        again = record(0, 1, users=[user.pk], confidence=0.1)
        assert new.calls == committed.calls == []
    assert again.signal_ids == first.signal_ids
    assert again.new_signal_ids == again.new_decision_ids == ()
    assert set(Signal.objects.values_list("confidence", flat=True)) == {0.842993322}
    assert Outbox.objects.count() == Decision.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_moment_half_known_numbers_on_without_a_hole() -> None:
    user, other = trader(), trader()
    record(0, users=[user.pk])
    record(0, 1, users=[user.pk, other.pk])
    assert list(Decision.objects.filter(user=user).order_by("n").values_list("n", flat=True)) == [
        1,
        2,
    ]
    assert Decision.objects.filter(user=other).count() == 2
    assert Signal.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_moment_leaves_no_hole_in_the_numbers() -> None:
    user = trader()
    record(0, users=[user.pk])
    with transaction.atomic():
        fired = fired_signal(1)
        record_moment(fired=[fired], decisions=[new_decision(user.pk, fired.key)])
        transaction.set_rollback(True)
    record(2, users=[user.pk])
    assert sorted(Decision.objects.values_list("n", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_decision_about_an_unknown_signal_is_refused() -> None:
    user = trader()
    key = SignalKey("SPY", "1m", 1, "ltp_breakout", "1")
    with pytest.raises(KeyError, match="ltp_breakout"), transaction.atomic():
        record_moment(fired=[], decisions=[new_decision(user.pk, key)])


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    with pytest.raises(TransactionManagementError):
        record_moment(fired=[fired_signal()], decisions=[])
    with pytest.raises(TransactionManagementError):
        announce("run", user_id=None, payload={})
    assert not Signal.objects.exists()
    assert not Outbox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_numbers_are_gapless_when_many_write_at_once() -> None:
    users = [trader().pk for _ in range(3)]
    moments, writers = 12, 6

    def write(writer: int) -> None:
        try:
            for minute in range(moments):
                record(minute, users=users[::-1] if writer % 2 else users, symbol=f"S{writer}")
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        for done in [pool.submit(write, writer) for writer in range(writers)]:
            done.result()
    for user in users:
        numbers = Decision.objects.filter(user=user).order_by("n").values_list("n", flat=True)
        assert list(numbers) == list(range(1, writers * moments + 1))
