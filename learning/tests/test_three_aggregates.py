"""Memory, Redis and database never disagree, whatever dies."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings

from coach.config.redis_server import redis_command
from coach.signals.tests.factories import SESSION, trader
from feedback.models import Feedback
from feedback.services import undo
from feedback.tests.factories import label
from learning import store
from learning.aggregates import Series
from learning.loop import AGGREGATES, Aggregates, current_views
from learning.selectors import EVERYBODY, Pair, first_day_of, recount
from learning.services import get_rule_score, rebuild
from learning.tests.factories import NOON, decided, mature, matured
from tests.processes import wait_for_redis

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"
FIRST = first_day_of(NOON)


def from_rows(pairs: list[Pair]) -> dict[Pair, Series]:
    counted = recount(rule_ids=None, user_ids=None, first_day=FIRST, last_day=date.max)
    return {pair: counted.get(pair, {}) for pair in pairs}


def assert_all_agree(*user_ids: str) -> None:
    """A process that held them, one that did not, Redis itself and the rows."""
    pairs = [(owner, RULE) for owner in (*user_ids, EVERYBODY)]
    rows = from_rows(pairs)
    assert any(rows.values())
    assert AGGREGATES.series(pairs, first_day=FIRST, activity=True) == rows
    assert Aggregates().series(pairs, first_day=FIRST, activity=True) == rows
    entries = store.load(pairs)
    assert {pair: entry.series for pair, entry in entries.items()} == rows
    assert all(entry.suspects == [] and entry.fired == set() for entry in entries.values())
    assert store.heads(pairs) == {
        pair: store.Head(entry.version, fired=False) for pair, entry in entries.items()
    }
    assert {pair: AGGREGATES.held(pair) for pair in pairs} == rows


def a_day(*user_ids: str) -> None:
    """Something of everything."""
    for minute, r in enumerate((1.45, -1.05, None, 0.2)):
        signal = decided(*user_ids, minute=minute, delivered=minute % 2 == 0)
        if r is not None:
            mature(signal, r)
        for number, user_id in enumerate(user_ids):
            label(user_id, signal.id, ("good", "bad", "late", "missed")[(minute + number) % 4])
    for user_id in user_ids:
        own = matured(user_id, r=-1.0, minute=10 + user_ids.index(user_id))
        given = label(user_id, own.id, "bad").feedback
        assert given is not None
        undo(user_id=user_id, feedback_id=given.id, market_ts=NOON)


def test_they_agree_after_every_kind_of_event() -> None:
    users = [trader().pk for _ in range(3)]
    a_day(*users)
    assert_all_agree(*users)


def test_another_process_sees_a_label_at_once() -> None:
    user = trader()
    signals = [decided(user.pk, minute=minute) for minute in range(2)]
    other = Aggregates()
    pair = (user.pk, RULE)
    label(user.pk, signals[0].id, "good")
    assert other.series([pair], first_day=FIRST)[pair][SESSION].good == 1
    label(user.pk, signals[1].id, "good")
    assert other.series([pair], first_day=FIRST)[pair][SESSION].good == 2


def test_reading_what_is_held_asks_the_database_nothing(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    user = trader()
    label(user.pk, decided(user.pk).id, "good")
    before = current_views([(user.pk, RULE)], now=NOON, activity=True)[user.pk, RULE]
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        again = current_views([(user.pk, RULE)], now=NOON)[user.pk, RULE]
    assert again == before


def test_a_redis_that_was_emptied_is_rebuilt_from_the_rows() -> None:
    users = [trader().pk for _ in range(2)]
    a_day(*users)
    before = [get_rule_score(RULE, user_id=user_id) for user_id in users]
    store.client().flushdb()
    assert [get_rule_score(RULE, user_id=user_id) for user_id in users] == before
    assert_all_agree(*users)


def test_a_writer_that_died_after_its_commit_leaves_nothing_wrong() -> None:
    user = trader()
    signal = decided(user.pk)
    label(user.pk, signal.id, "good")
    pair = (user.pk, RULE)
    assert AGGREGATES.series([pair], first_day=FIRST)[pair][SESSION].good == 1
    token = secrets.token_hex(4)
    AGGREGATES.suspect([pair, (EVERYBODY, RULE)], SESSION, token=token, part="all")
    Feedback.objects.update(label="bad")  # committed, and then nobody was told
    for process in (AGGREGATES, Aggregates()):
        counts = process.series([pair], first_day=FIRST)[pair][SESSION]
        assert (counts.good, counts.bad) == (0, 1)


def test_a_label_that_was_rolled_back_leaves_nothing_behind() -> None:
    user = trader()
    signal = decided(user.pk)
    label(user.pk, decided(user.pk, minute=3).id, "good")

    with transaction.atomic():
        label(user.pk, signal.id, "bad")
        transaction.set_rollback(True)
    pair = (user.pk, RULE)
    counts = Aggregates().series([pair], first_day=FIRST)[pair][SESSION]
    assert (counts.good, counts.bad) == (1, 0)


def test_what_a_transaction_sees_is_not_given_to_others() -> None:
    user = trader()
    signal = decided(user.pk)
    rebuild()
    pair = (user.pk, RULE)
    with transaction.atomic():
        label(user.pk, signal.id, "bad")
        AGGREGATES.series([pair], first_day=FIRST)
        assert store.heads([pair])[pair].version is None
    assert_all_agree(user.pk)


def test_a_clock_set_back_finds_older_days() -> None:
    user = trader()
    old = decided(user.pk, day=-80)
    label(user.pk, old.id, "good")
    label(user.pk, decided(user.pk).id, "bad")
    assert current_views([(user.pk, RULE)], now=NOON)[user.pk, RULE].score.score < 0
    back = NOON - timedelta(days=79)
    assert current_views([(user.pk, RULE)], now=back)[user.pk, RULE].score.score > 0


@pytest.fixture
def own_redis() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts (and starts again) a Redis of this test's own; a new directory forgets everything."""
    home = Path(tempfile.mkdtemp(prefix="coach-redis-"))
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = redis_command(socket=home / "s", data_dir=home / f"data{len(running)}")
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        wait_for_redis(f"unix://{home / 's'}", running[-1])
        return running[-1]

    with override_settings(REDIS_URL=f"unix://{home / 's'}"):
        yield start
    for process in running:
        process.kill()
        process.wait(10)
    shutil.rmtree(home)


def test_labels_are_taken_while_redis_is_dead_and_agree_when_it_is_back(
    own_redis: Callable[[], subprocess.Popen[bytes]],
) -> None:
    users = [trader().pk for _ in range(2)]
    process = own_redis()
    a_day(*users)
    assert_all_agree(*users)

    process.kill()
    process.wait(10)
    signal = decided(*users, minute=60)
    label(users[0], signal.id, "bad")
    alone = get_rule_score(RULE, user_id=users[0])
    assert from_rows([(users[0], RULE)])[users[0], RULE][SESSION].bad == 2

    own_redis()
    assert get_rule_score(RULE, user_id=users[0]) == alone
    assert_all_agree(*users)


def test_a_redis_started_anew_with_its_old_file_is_not_believed(
    own_redis: Callable[[], subprocess.Popen[bytes]],
) -> None:
    user = trader().pk
    own_redis()
    label(user, decided(user).id, "good")
    assert_all_agree(user)
    store.client().set(store.SERVER, "another run")  # what a restart leaves in the file
    store.client().hset(f"{store.DAYS}{RULE}|{user}", str(SESSION), ",".join("9" * 13))
    pair = (user, RULE)
    assert Aggregates().series([pair], first_day=FIRST)[pair][SESSION].good == 1
    assert_all_agree(user)
