"""Redis is killed, and comes back, while clients label: every label is taken, and memory, Redis and
rows agree about all of them afterwards."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Final

import pytest
from django.db import connection
from django.test import override_settings

from coach.signals.records import SignalRow
from coach.signals.tests.factories import trader
from feedback.models import Feedback
from feedback.services import undo
from feedback.tests.factories import NOON, label
from learning import store
from learning.loop import AGGREGATES, Aggregates, current_views
from learning.selectors import EVERYBODY, first_day_of
from learning.tests.factories import decided, mature
from learning.tests.test_three_aggregates import assert_all_agree, from_rows
from tests.processes import OwnRedis, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
RULE: Final = "ltp_breakout"
CLIENTS: Final = 4
# Labels given in each state of Redis before the next begins.
ENOUGH: Final = 3 * CLIENTS


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """A running Redis of this test's own."""
    home = Path(tempfile.mkdtemp(prefix="coach-redis-"))
    server = OwnRedis(home)
    server.start()
    with override_settings(REDIS_URL=server.url):
        yield server
    server.kill()
    shutil.rmtree(home)


class Load:
    """Clients that label, change and undo, each a user of its own, and one that only reads."""

    def __init__(self, users: list[str], signals: list[SignalRow]) -> None:
        self.given = 0
        self._users = users
        self._signals = signals
        self._counting = Lock()
        self._over = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Begin; at the end whatever went wrong in a client is raised here."""
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            working = [pool.submit(self._until_over, self._label, one) for one in range(CLIENTS)]
            working.append(pool.submit(self._until_over, self._read, CLIENTS))
            try:
                yield
            finally:
                self._over.set()
        for one in working:
            one.result()

    def go_on(self, working: str) -> None:
        """Until enough more labels were taken."""
        goal = self.given + ENOUGH
        wait_until(lambda: self.given >= goal, what=f"labels are taken {working}", seconds=180)

    def _until_over(
        self, work: Callable[[random.Random, int, Aggregates], None], number: int
    ) -> None:
        draw = random.Random(number)  # noqa: S311  reproducible choices
        other = Aggregates()
        try:
            while not self._over.is_set():
                work(draw, number, other)
        finally:
            connection.close()

    def _label(self, draw: random.Random, number: int, _: Aggregates) -> None:
        user_id, signal = self._users[number], draw.choice(self._signals)
        name = draw.choice(("good", "bad", "late", "missed"))
        given = label(user_id, signal.id, name, notes=str(draw.random()))
        if draw.random() < 0.3 and given.feedback is not None:
            undo(user_id=user_id, feedback_id=given.feedback.id, market_ts=NOON)
        with self._counting:
            self.given += 1

    def _read(self, draw: random.Random, _: int, other: Aggregates) -> None:
        """Another process, and what this one shows."""
        pair = (draw.choice(self._users), RULE)
        other.series([pair, (EVERYBODY, RULE)], first_day=first_day_of(NOON))
        view = current_views([pair], now=NOON)[pair]
        assert -1 <= view.score.score <= 1


def test_killed_and_started_again_while_clients_label(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [trader().pk for _ in range(CLIENTS)]
    signals = [decided(*users, minute=minute, delivered=minute % 2 == 0) for minute in range(6)]
    for signal, r in zip(signals, (1.45, -1.05, 0.2, -1.05), strict=False):
        mature(signal, r)
    load = Load(users, signals)
    with load.running():
        load.go_on("while Redis is there")
        own_redis.kill()
        load.go_on("while Redis is dead")
        own_redis.start()
        load.go_on("after it has come back")
        own_redis.client.flushall()
        load.go_on("after it was emptied")
        own_redis.kill()
        own_redis.start()
        load.go_on("after it was killed once more")
    assert load.given >= 5 * ENOUGH
    pairs = [(owner, RULE) for owner in (*users, EVERYBODY)]
    rows = from_rows(pairs)
    for process in (AGGREGATES, Aggregates()):
        assert process.series(pairs, first_day=first_day_of(NOON), activity=True) == rows
    # Marks of labels whose Redis died before they could be taken away: readers count those days
    # from the rows, until a mark is older than any transaction and the next one clears it.
    monkeypatch.setattr(store, "UNSETTLED_SECONDS", -1)
    AGGREGATES.series(pairs, first_day=first_day_of(NOON), activity=True)
    assert_all_agree(*users)
    counted = from_rows([(EVERYBODY, RULE)])[EVERYBODY, RULE]
    assert sum(day.labelled for day in counted.values()) == standing_labels()


def standing_labels() -> int:
    """The last row of each user and signal, counted one by one."""
    last: dict[tuple[str, str], str | None] = {}
    for row in Feedback.objects.order_by("user_id", "target", "revision"):
        last[row.user_id, row.target] = row.label
    return sum(one is not None for one in last.values())
