"""`/api/risk/*`: limits, the manual lock, the preview of a rule's gates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from coach.accounts.models import User
from coach.market.selectors import market_now
from coach.signals.services import set_rule_setting
from coach.signals.tests.factories import trader
from feedback.tests.factories import decided, label

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"


@pytest.fixture
def user() -> User:
    return trader()


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def put(client: Client, body: object) -> Any:
    return client.put("/api/risk/policy", body, content_type="application/json")


def lock(client: Client, body: object) -> Any:
    return client.post("/api/risk/lock", body, content_type="application/json")


def refused(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["attr"]


@pytest.mark.parametrize("path", ["risk/policy", "risk/lock", "risk/preview", "rules/metrics"])
def test_nobody_logged_in_gets_nothing(client: Client, path: str) -> None:
    assert client.get(f"/api/{path}").status_code == 401


def test_policy_begins_with_the_defaults_and_keeps_what_is_left_out(browser: Client) -> None:
    defaults = browser.get("/api/risk/policy").json()
    assert defaults == {
        "baseConfidence": 0.6,
        "cooldownSeconds": 900,
        "dailyLossR": 3.0,
        "lossStreak": 4,
        "alertsPerHour": 12,
        "staleAfterBars": 3,
        "lossSource": "trades",
        "dailyAlertBudget": None,
    }
    assert put(browser, {"alertsPerHour": 6, "dailyLossR": None}).json() == {
        **defaults,
        "alertsPerHour": 6,
        "dailyLossR": None,
    }
    assert put(browser, {"lossSource": "alerts"}).json()["alertsPerHour"] == 6
    assert browser.get("/api/risk/policy").json()["lossSource"] == "alerts"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"baseConfidence": 0.2}, "baseConfidence"),
        ({"cooldownSeconds": 14_401}, "cooldownSeconds"),
        ({"cooldownSeconds": 1.5}, "cooldownSeconds"),
        ({"alertsPerHour": 0}, "alertsPerHour"),
        ({"baseConfidence": None}, "baseConfidence"),
        ({"lossSource": "mood"}, "lossSource"),
        ({"dailyLossR": "NaN"}, "dailyLossR"),
        ({"maxAlerts": 3}, "maxAlerts"),
    ],
)
def test_a_limit_out_of_bounds_is_refused_by_name(
    browser: Client, body: dict[str, object], field: str
) -> None:
    assert refused(put(browser, {"lossStreak": 9, **body})) == (400, field)
    assert browser.get("/api/risk/policy").json()["lossStreak"] == 4


def test_lock_and_unlock(browser: Client) -> None:
    until = (market_now() + timedelta(hours=1)).isoformat()
    assert browser.get("/api/risk/lock").json()["locked"] is False
    locked = lock(browser, {"until": until, "reason": "tilt"})
    assert locked.status_code == 201
    assert locked.json()["reason"] == "tilt"
    assert browser.get("/api/risk/lock").json() == locked.json()
    preview = browser.get("/api/risk/preview", {"ruleId": RULE}).json()
    assert preview["locks"][0]["code"] == "manual_lock"
    assert preview["reasons"][0] == preview["locks"][0]["reason"]
    assert browser.delete("/api/risk/lock").json()["locked"] is False
    assert browser.get("/api/risk/preview", {"ruleId": RULE}).json()["locks"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"until": "2001-01-01T00:00:00Z"}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "9999-12-31T23:59:59Z"}, "until"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_a_lock_that_makes_no_sense_is_refused_by_name(
    browser: Client, body: dict[str, object], field: str
) -> None:
    assert refused(lock(browser, body)) == (400, field)
    assert browser.get("/api/risk/lock").json()["locked"] is False


def test_preview_shows_base_and_current_gates(browser: Client, user: User) -> None:
    now = market_now()
    today = (now.date() - decided(user.pk).session_date).days
    for minute in range(3):
        signal = decided(user.pk, minute=minute, day=today)
        label(user.pk, signal.id, "bad", market_ts=now)
    preview = browser.get("/api/risk/preview", {"ruleId": RULE}).json()
    score = preview["score"]
    assert score == pytest.approx(-0.2573, abs=1e-4)
    assert preview["base"] == {"minConfidence": 0.6, "cooldownSeconds": 900}
    assert preview["current"]["minConfidence"] == pytest.approx(0.6257, abs=1e-4)
    assert preview["current"]["cooldownSeconds"] == pytest.approx(900 * (1 - score))
    assert (preview["ruleId"], preview["governor"]) == (RULE, "v1")
    assert preview["reasons"] == [
        "confidence from 0.626 (base 0.60, score -0.26)",
        "cooldown 18 min 52 s: 15 × 1.26",
    ]


def test_preview_of_all_rules_and_of_none(browser: Client, user: User) -> None:
    everything = browser.get("/api/risk/preview").json()
    assert {one["ruleId"] for one in everything} >= {RULE, "ema_cross", "vwap_reclaim"}
    assert browser.get("/api/risk/preview", {"ruleId": "nonsense"}).status_code == 404
    assert refused(browser.get("/api/risk/preview", {"rule": RULE})) == (400, "rule")
    set_rule_setting(user_id=user.pk, rule_id=RULE, mode="off")
    off = browser.get("/api/risk/preview", {"ruleId": RULE}).json()
    assert off["locks"] == [
        {"code": "rule_off", "reason": "rule switched off by you", "until": None}
    ]
