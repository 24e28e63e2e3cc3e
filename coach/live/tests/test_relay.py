"""What is committed is announced: after the commit, once, and later if Redis was away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import orjson
import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from coach.live import relay, ring
from coach.signals.models import Outbox
from coach.signals.records import OutcomeUpdate
from coach.signals.selectors import waiting_announcements
from coach.signals.services import announce, record_moment, save_outcomes
from coach.signals.tests.factories import fired_signal, new_decision, trader
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def published() -> list[tuple[str, str, dict[str, Any]]]:
    """What stands in the ring: kind, user, data."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    entries: Any = client.xrange(ring.STREAM)
    return [(e[b"k"].decode(), e[b"u"].decode(), orjson.loads(e[b"d"])) for _, e in entries]


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The relay's Redis is a socket on which nobody listens."""
    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock")
    monkeypatch.setattr(relay, "client", lambda: nobody)
    return monkeypatch


def alert(**changes: Any) -> tuple[str, str]:
    """An alert of a new user: (user, signal)."""
    user, fired = trader(), fired_signal(**changes)
    with transaction.atomic():
        recorded = record_moment(fired=[fired], decisions=[new_decision(user.pk, fired.key)])
        assert published() == []
    return user.pk, recorded.new_signal_ids[0]


def test_an_alert_goes_out_once_after_its_commit_as_the_api_shows_it() -> None:
    user_id, _ = alert()
    ((kind, user, data),) = published()
    assert (kind, user) == ("alert", user_id)
    assert (data["n"], data["prevN"], data["symbol"]) == (1, 0, "SPY")
    assert data["why"] == "Closed 512.34, above the 20-bar high 512.21"
    assert data["label"] is None
    assert relay.drain() == 0
    assert len(published()) == 1


def test_what_found_redis_away_goes_out_later_in_order(redis_away: pytest.MonkeyPatch) -> None:
    alert()
    alert(minute=1)
    assert published() == []
    assert len(waiting_announcements()) == 2
    redis_away.undo()
    assert relay.drain() == 2
    assert [data["ts"] for _, _, data in published()] == [
        fired_signal(0).ts,
        fired_signal(1).ts,
    ]


def test_a_row_published_by_one_who_died_before_marking_it_is_not_announced_twice() -> None:
    alert()
    Outbox.objects.update(published_at=None)
    assert relay.drain() == 1
    assert len(published()) == 1
    assert waiting_announcements() == []


def test_a_filled_entry_goes_out_as_an_outcome_of_the_same_number() -> None:
    user_id, signal_id = alert()
    with transaction.atomic():
        save_outcomes(updates=[OutcomeUpdate(signal_id=signal_id, state="open", entry=512.5)])
    kind, user, data = published()[-1]
    assert (kind, user, data["n"]) == ("outcome", user_id, 1)
    assert data["levels"]["entryState"] == "filled"
    assert data["outcome"]["state"] == "open"


def test_one_row_that_cannot_go_out_does_not_hold_up_the_others() -> None:
    user_id = trader().pk
    with transaction.atomic():
        announce("run", user_id=user_id, payload={"id": "1"})
        announce("No kind", user_id=user_id, payload={})
        announce("run", user_id=user_id, payload={"id": "2"})
    assert [data for _, _, data in published()] == [{"id": "1"}, {"id": "2"}]
    assert waiting_announcements() == []


class HeldRedis(redis.Redis):
    """Lets nothing through until it may."""

    def __init__(self, url: str) -> None:
        pool = redis.ConnectionPool.from_url(url)
        super().__init__(connection_pool=pool)
        self.may = Event()
        self.sent = 0

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        self.sent += arguments[0] == "EVALSHA"
        assert self.may.wait(60)
        return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]


def test_of_many_that_commit_at_once_one_publishes_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    held = HeldRedis(settings.REDIS_URL)
    monkeypatch.setattr(relay, "client", lambda: held)
    users = [trader().pk for _ in range(12)]
    shared = relay._shared_drain

    def commit(user_id: str) -> None:
        try:
            with transaction.atomic():
                announce("run", user_id=user_id, payload={"of": user_id})
        finally:
            connection.close()

    held.may.set()
    held.script_load(ring.PUBLISH)
    held.may.clear()
    asked = shared._asked
    with ThreadPoolExecutor(len(users)) as pool:
        done = [pool.submit(commit, user_id) for user_id in users]
        wait_until(lambda: shared._asked == asked + len(users), what="all have committed")
        held.may.set()
        for each in done:
            each.result(60)
    assert held.sent <= 2
    assert sorted(data["of"] for _, _, data in published()) == sorted(users)
    assert waiting_announcements() == []


def test_what_was_left_for_later_goes_out_with_the_next_commit(
    redis_away: pytest.MonkeyPatch,
) -> None:
    with transaction.atomic():
        announce("run", user_id=trader().pk, payload={"id": "1"})
    redis_away.undo()
    with transaction.atomic():
        announce("run", user_id=trader().pk, payload={"id": "2"})
    assert [data["id"] for _, _, data in published()] == ["1", "2"]
