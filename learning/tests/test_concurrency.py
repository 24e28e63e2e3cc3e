"""Fifty clients label, change and undo at once: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

import pytest
from django.db import connection

from coach.signals.tests.factories import trader
from feedback.chain import standing
from feedback.errors import FeedbackConflictError
from feedback.models import Feedback, IdempotencyKey
from feedback.selectors import chain, current_labels
from feedback.services import LabelResult, undo
from feedback.tests.factories import NOON, label
from learning import store
from learning.loop import AGGREGATES, Aggregates
from learning.models import ScoreEntry
from learning.selectors import EVERYBODY, first_day_of, recount
from learning.tests.factories import decided

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 50
RULE = "ltp_breakout"


def at_once(work: Callable[[int], None], clients: int = CLIENTS) -> None:
    """Every client on a thread and a database connection of its own, started together."""
    start = Barrier(clients)

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(run, range(clients)))


@dataclass
class Tally:
    """What the clients were told."""

    created: list[LabelResult] = field(default_factory=list)
    refused: list[Exception] = field(default_factory=list)


def test_labels_changes_and_undos_of_few_users_by_many_clients() -> None:
    users = [trader().pk for _ in range(4)]
    signals = [decided(*users, minute=minute) for minute in range(3)]
    told = Tally()

    def client(number: int) -> None:
        draw = random.Random(number)  # noqa: S311  reproducible choices
        user_id = users[number % len(users)]
        for step in range(4):
            signal = draw.choice(signals)
            given = label(
                user_id,
                signal.id,
                draw.choice(("good", "bad", "late", "missed")),
                notes=f"{number} {step}",
            )
            told.created.append(given)
            if step % 2 and given.feedback is not None:
                try:
                    told.created.append(
                        undo(user_id=user_id, feedback_id=given.feedback.id, market_ts=NOON)
                    )
                except FeedbackConflictError as error:
                    told.refused.append(error)

    at_once(client)

    assert len(told.created) + len(told.refused) == CLIENTS * 6
    assert Feedback.objects.count() == len(told.created)
    for user_id in users:
        for signal in signals:
            rows = chain(user_id, signal.id)
            revisions = Feedback.objects.filter(user=user_id, target=signal.id)
            assert sorted(revisions.values_list("revision", flat=True)) == [
                number + 1 for number in range(len(rows))
            ]
    assert_the_last_label_counts(users, [signal.id for signal in signals])
    assert_memory_redis_and_rows_agree(users)
    assert_every_ledger_is_a_chain(users)


def assert_the_last_label_counts(users: list[str], signal_ids: list[str]) -> None:
    """What counts of each (user, signal) is what its rows, one by one, leave standing last."""
    current = {
        (row.user_id, str(row.signal_id)): row.label
        for row in current_labels().filter(label__isnull=False)
    }
    wanted = {}
    for user_id in users:
        for signal_id in signal_ids:
            left = standing(chain(user_id, signal_id))
            if left:
                wanted[user_id, signal_id] = left[-1].label
    assert current == wanted


def test_redis_emptied_again_and_again_while_many_label() -> None:
    users = [trader().pk for _ in range(4)]
    signals = [decided(*users, minute=minute) for minute in range(5)]

    def client(number: int) -> None:
        if number % 10 == 0:
            store.client().flushdb()
            return
        for step, signal in enumerate(signals):
            kind = ("good", "bad", "late", "missed")[(number + step) % 4]
            label(users[number % 4], signal.id, kind, notes=f"{number} {step}")

    at_once(client)
    assert_the_last_label_counts(users, [signal.id for signal in signals])
    assert_memory_redis_and_rows_agree(users)


def assert_memory_redis_and_rows_agree(users: list[str]) -> None:
    pairs = [(owner, RULE) for owner in (*users, EVERYBODY)]
    first_day = first_day_of(NOON)
    rows = recount(rule_ids=None, user_ids=None, first_day=first_day, last_day=NOON.date())
    wanted = {pair: rows[pair] for pair in pairs}
    assert AGGREGATES.series(pairs, first_day=first_day, activity=True) == wanted
    assert Aggregates().series(pairs, first_day=first_day, activity=True) == wanted
    assert {pair: entry.series for pair, entry in store.load(pairs).items()} == wanted


def assert_every_ledger_is_a_chain(users: list[str]) -> None:
    """A user's labels of one rule are written one after the other, whatever the clients do: each
    row of the history is a label that counted, none is there twice."""
    entries = ScoreEntry.objects.order_by("pk")
    causes = list(entries.values_list("cause_id", flat=True))
    assert len(causes) == len(set(causes))
    written = {str(pk) for pk in Feedback.objects.values_list("pk", flat=True)}
    assert set(causes) <= written
    assert {entry.user_id for entry in entries} <= set(users)


def test_one_user_alone_sees_an_unbroken_chain_of_scores() -> None:
    user = trader().pk
    signals = [decided(user, minute=minute) for minute in range(10)]

    def client(number: int) -> None:
        label(user, signals[number % 10].id, ("good", "bad")[number // 10 % 2], notes=str(number))

    at_once(client)
    steps = list(ScoreEntry.objects.order_by("pk").values_list("before", "after"))
    assert steps[0][0] == 0.0
    assert [after for _, after in steps[:-1]] == [before for before, _ in steps[1:]]


def test_one_key_sent_by_many_clients_at_once_is_one_label() -> None:
    user = trader().pk
    signal = decided(user)
    answers: list[LabelResult] = []

    def client(_: int) -> None:
        answers.append(label(user, signal.id, "good", idempotency_key="the same"))

    at_once(client)
    assert Feedback.objects.count() == IdempotencyKey.objects.count() == 1
    assert len({str(answer.feedback) for answer in answers}) == 1
    assert all(answer.effects == answers[0].effects for answer in answers)
    assert sum(answer.created for answer in answers) == 1


def test_one_key_for_different_labels_is_one_label_and_conflicts() -> None:
    user = trader().pk
    signals = [decided(user, minute=minute) for minute in range(CLIENTS)]
    told = Tally()

    def client(number: int) -> None:
        try:
            told.created.append(label(user, signals[number].id, "bad", idempotency_key="k"))
        except FeedbackConflictError as error:
            told.refused.append(error)

    at_once(client)
    assert (len(told.created), len(told.refused)) == (1, CLIENTS - 1)
    assert Feedback.objects.count() == 1
