"""`GET /api/rules/metrics` and `GET /api/rules/scores`."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from coach.accounts.models import User
from coach.engine.registry import RULES
from coach.signals.tests.factories import trader
from feedback.services import undo
from feedback.tests.factories import label
from learning.services import get_rule_metrics
from learning.tests.factories import NOON, decided, mature, matured

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"


@pytest.fixture
def user() -> User:
    return trader()


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def scores(client: Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/rules/scores", query).json()["results"]
    return found


def test_metrics_of_one_rule_are_the_services(browser: Client, user: User) -> None:
    label(user.pk, matured(user.pk, r=1.0).id, "good")
    query = {"ruleId": RULE, "asOf": NOON.isoformat()}
    found = browser.get("/api/rules/metrics", query).json()
    assert found == get_rule_metrics(RULE, user_id=user.pk, as_of=NOON)
    assert found["windows"]["7d"]["good"] == 1


def test_metrics_of_all_rules(browser: Client) -> None:
    found = browser.get("/api/rules/metrics").json()
    assert [one["ruleId"] for one in found] == list(RULES)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"asOf": "yesterday"}, "asOf"),
        ({"asOf": "0001-01-01T00:00:00Z"}, "asOf"),
        ({"ruleId": "x" * 50}, "ruleId"),
        ({"rule": RULE}, "rule"),
    ],
)
def test_a_wrong_query_is_refused_by_name(
    browser: Client, query: dict[str, str], field: str
) -> None:
    answer = browser.get("/api/rules/metrics", query)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, field)


def test_an_unknown_rule_is_a_404(browser: Client) -> None:
    assert browser.get("/api/rules/metrics", {"ruleId": "nonsense"}).status_code == 404


def test_the_history_tells_what_moved_the_score(browser: Client, user: User) -> None:
    first, second = decided(user.pk), decided(user.pk, minute=5)
    label(user.pk, first.id, "good")
    given = label(user.pk, second.id, "bad", market_ts=NOON + timedelta(minutes=1)).feedback
    label(user.pk, first.id, "late", market_ts=NOON + timedelta(minutes=2))
    assert given is not None
    undo(user_id=user.pk, feedback_id=given.id, market_ts=NOON + timedelta(minutes=3))
    mature(first, 1.45, at=NOON + timedelta(minutes=4))
    steps = scores(browser)
    assert [step["cause"] for step in steps] == ["outcome", "undo", "label", "label", "label"]
    assert [
        (step["detail"].get("labelBefore"), step["detail"].get("labelAfter")) for step in steps[1:]
    ] == [("bad", None), ("good", "late"), (None, "bad"), (None, "good")]
    chain = [step["score"] for step in reversed(steps)]
    assert chain[0]["before"] == 0
    assert all(one["after"] == two["before"] for one, two in itertools.pairwise(chain))
    assert chain[-1]["after"] > 0
    assert steps[-1]["gates"]["before"] == {"minConfidence": 0.6, "cooldownSeconds": 900}
    assert steps[-1]["gates"]["after"]["minConfidence"] < 0.6
    assert steps[0]["causeId"] == first.id
    assert steps[0]["detail"]["r"] == 1.45


def test_the_history_is_filtered_and_paged(browser: Client, user: User) -> None:
    for minute in range(4):
        signal = decided(user.pk, minute=minute)
        label(user.pk, signal.id, "good", market_ts=NOON + timedelta(minutes=minute))
    start = int(NOON.timestamp() * 1000)
    assert len(scores(browser, **{"from": start + 60_000, "to": start + 180_000})) == 2
    assert scores(browser, ruleId="ema_cross") == []
    page = browser.get("/api/rules/scores", {"limit": 3}).json()
    rest = browser.get(page["next"]).json()
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (3, 1, None)
    browser.force_login(trader())
    assert scores(browser) == []
