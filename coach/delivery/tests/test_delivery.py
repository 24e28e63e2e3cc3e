"""An alert reaches each destination that wants it, once; failures are tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from coach.accounts.models import User
from coach.delivery import services
from coach.delivery.models import Delivery, Destination
from coach.delivery.signing import signature
from coach.delivery.tests.receiver import Receiver, receiving
from coach.signals.services import record_moment
from coach.signals.tests.factories import fired_signal, new_decision, trader

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/delivery/destinations"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    allowing = settings.ENV.model_copy(update={"DELIVERY_NETWORKS": ("127.0.0.0/8",)})
    monkeypatch.setattr(settings, "ENV", allowing)
    with receiving() as found:
        yield found


@pytest.fixture
def user() -> User:
    return trader()


def add(user: User, receiver: Receiver, **choices: Any) -> Destination:
    wanted = {"name": "hook", **choices}
    return services.create_destination(user_id=user.pk, kind="webhook", url=receiver.url, **wanted)


def alert(user: User, minute: int, *, delivered: bool = True) -> str:
    fired = fired_signal(minute)
    with transaction.atomic():
        made = record_moment(
            fired=[fired], decisions=[new_decision(user.pk, fired.key, delivered=delivered)]
        )
    return made.new_decision_ids[0]


def work_through() -> None:
    """What beat and workers do, now."""
    services.collect(now=timezone.now())
    for row in Delivery.objects.filter(state="waiting"):
        services.deliver(row.pk)


def test_an_alert_arrives_signed_and_once(user: User, receiver: Receiver) -> None:
    destination = add(user, receiver)
    decision = alert(user, 1)
    alert(user, 2, delivered=False)
    for _ in range(3):
        work_through()
    [(path, headers, body)] = receiver.got
    assert path == "/hook"
    document = orjson.loads(body)
    assert document["type"] == "alert"
    assert document["data"]["id"] == decision
    assert headers["webhook-signature"] == signature(
        destination.secret,
        message_id=headers["webhook-id"],
        timestamp=int(headers["webhook-timestamp"]),
        body=body,
    )
    assert headers["idempotency-key"] == Delivery.objects.get().pk
    assert Delivery.objects.get().state == "sent"


def test_a_failure_is_tried_again_under_the_same_key(user: User, receiver: Receiver) -> None:
    add(user, receiver)
    alert(user, 1)
    receiver.answers = [503, 429]
    for attempt in range(1, 4):
        work_through()
        row = Delivery.objects.get()
        assert row.attempts == attempt
        Delivery.objects.filter(state="waiting").update(next_at=timezone.now())
    assert row.state == "sent"
    assert len({headers["idempotency-key"] for _, headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 3


def test_a_refusal_is_final(user: User, receiver: Receiver) -> None:
    add(user, receiver)
    alert(user, 1)
    receiver.answers = [410]
    work_through()
    work_through()
    row = Delivery.objects.get()
    assert (row.state, row.error, len(receiver.got)) == ("failed", "answered 410", 1)


def test_who_died_while_sending_leaves_it_to_another(user: User, receiver: Receiver) -> None:
    add(user, receiver)
    alert(user, 1)
    services.collect(now=timezone.now())
    row = Delivery.objects.get()
    Delivery.objects.update(attempts=1, next_at=timezone.now() + services.LEASE)
    services.deliver(row.pk)
    assert receiver.got == []
    Delivery.objects.update(next_at=timezone.now())
    services.deliver(row.pk)
    assert len(receiver.got) == 1


def test_old_news_is_given_up(user: User, receiver: Receiver) -> None:
    add(user, receiver)
    alert(user, 1)
    services.collect(now=timezone.now())
    services.relieve(now=timezone.now() + services.FRESH + timedelta(seconds=1))
    assert Delivery.objects.get().state == "failed"


def test_only_what_the_destination_wants(user: User, receiver: Receiver) -> None:
    rule = fired_signal(1).rule_id
    add(user, receiver, name="this rule", rules=[rule])
    add(user, receiver, name="another rule", rules=["no_such_rule"])
    add(user, receiver, name="surer", min_confidence=1.0)
    add(user, receiver, name="off", enabled=False)
    add(trader(), receiver, name="somebody else's")
    alert(user, 1)
    work_through()
    assert [row.destination.name for row in Delivery.objects.all()] == ["this rule"]


def test_switched_on_again_it_does_not_catch_up(user: User, receiver: Receiver) -> None:
    destination = add(user, receiver, enabled=False)
    alert(user, 1)
    services.change_destination(destination=destination, changes={"enabled": True})
    work_through()
    assert receiver.got == []


@pytest.mark.parametrize(("draw", "low"), [(0.0, 0.5), (0.999, 0.99)])
def test_the_wait_doubles_to_an_end(draw: float, low: float) -> None:
    waits = [services.wait_before(attempt, draw=draw) for attempt in range(1, 12)]
    assert waits[0] >= 5 * low - 0.1
    assert waits == sorted(waits)
    assert max(waits) <= services.LONGEST_WAIT_SECONDS


def test_over_http(user: User, receiver: Receiver, client: Client) -> None:
    client.force_login(user)

    def send(method: str, path: str, body: Any = None) -> Any:
        return getattr(client, method)(path, body, content_type="application/json")

    body = {"name": "hook", "kind": "webhook", "url": receiver.url}
    made = send("post", URL, body)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    listed = client.get(URL).json()
    assert "secret" not in listed[0]
    assert "/hook" not in str(listed)
    one = f"{URL}/{made.json()['id']}"
    assert send("post", f"{one}/test").json() == {"delivered": True, "detail": ""}
    assert orjson.loads(receiver.got[0][2])["type"] == "test"
    receiver.answers = [500]
    assert send("post", f"{one}/test").json() == {"delivered": False, "detail": "answered 500"}
    changed = send("patch", one, {"minConfidence": 0.7})
    assert (changed.status_code, changed.json()["minConfidence"]) == (200, 0.7)
    assert send("post", URL, body).json()["errors"][0]["attr"] == "name"
    assert client.delete(one).status_code == 204
    assert client.get(URL).json() == []


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"url": "http://127.0.0.1/x"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"kind": "apprise", "url": "json://10.0.0.1"}, "url"),
        ({"kind": "pigeon"}, "kind"),
        ({"minConfidence": 2}, "minConfidence"),
        ({"rules": ["nonsense"]}, "rules.0"),
    ],
)
def test_what_cannot_be_used_is_refused_by_field(
    change: dict[str, Any], attr: str, user: User, client: Client
) -> None:
    client.force_login(user)
    body = {"name": "hook", "kind": "webhook", "url": "https://1.1.1.1/x"} | change
    answer = client.post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == attr
