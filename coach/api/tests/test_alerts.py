"""`GET /api/alerts` and the tape: the user's own, filtered, paged, in a fixed number of queries."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coach.accounts.models import User
from coach.api.tests.openapi import check
from coach.flags.models import Flag
from coach.signals.tape import pack_tape
from coach.signals.tests.factories import trader

Fire = Callable[..., str]
HELD = {"delivered": False, "reason_code": "confidence", "reason": "confidence 0.58 < 0.60"}


def numbers(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.json()
    return [each["n"] for each in answer.json()["results"]]


def attrs(answer: Any) -> list[str | None]:
    assert answer.status_code == 400, answer.json()
    return [error["attr"] for error in answer.json()["errors"]]


def label(client: Client, signal_id: str, name: str) -> None:
    body = {"signalId": signal_id, "label": name}
    answer = client.post("/api/feedback", body, content_type="application/json")
    assert answer.status_code == 201, answer.json()


def test_an_alert_is_what_the_schema_says(client: Client, fire: Fire) -> None:
    signal_id = fire()
    fire(1, decision=HELD)
    label(client, signal_id, "good")
    page = client.get("/api/alerts").json()
    check(page, "AlertPage")
    held, alert = page["results"]
    assert (alert["n"], alert["prevN"], alert["delivered"]) == (1, 0, True)
    assert alert["signalId"] == signal_id
    assert alert["label"]["label"] == "good"
    assert alert["latency"] == {"decide": 1.5}
    assert (held["delivered"], held["reason"]) == (False, HELD["reason"])
    assert held["label"] is None


def test_without_alerts_the_page_is_empty(client: Client) -> None:
    assert client.get("/api/alerts").json() == {"next": None, "previous": None, "results": []}


def test_explain_v2_is_a_flag(client: Client, user: User, fire: Fire) -> None:
    fire()
    assert client.get("/api/alerts").json()["results"][0]["explain"]["version"] == "v1"
    Flag.objects.get(name="enableExplainV2").users.add(user)
    page = client.get("/api/alerts").json()
    check(page, "AlertPage")
    explain = page["results"][0]["explain"]
    assert explain["version"] == "v2"
    assert len(explain["contributions"]) == 6


def test_filters(client: Client, fire: Fire) -> None:
    first = fire(0)
    second = fire(1, symbol="AAPL", rule_id="ema_cross", decision=HELD)
    fire(2, rule_id="vwap_reclaim")
    label(client, first, "bad")
    label(client, second, "good")
    label(client, second, "missed")

    def found(**query: Any) -> list[int]:
        return numbers(client.get("/api/alerts", query))

    assert found() == [3, 2, 1]
    assert found(symbol="AAPL") == [2]
    assert found(ruleId="ltp_breakout") == [1]
    assert found(delivered="true") == [3, 1]
    assert found(delivered="false") == [2]
    assert found(label="bad") == [1]
    assert found(label="good") == []
    assert found(label="missed") == [2]
    assert found(label="none") == [3]
    assert found(before=3) == [2, 1]
    assert found(afterN=1) == [3, 2]
    assert found(afterN=1, before=3, symbol="AAPL") == [2]
    assert found(symbol="NONE") == []


def test_a_label_undone_is_no_label(client: Client, fire: Fire) -> None:
    label(client, fire(), "bad")
    feedback_id = client.get("/api/feedback").json()["results"][0]["id"]
    assert client.delete(f"/api/feedback/{feedback_id}").status_code == 200
    assert numbers(client.get("/api/alerts", {"label": "none"})) == [1]
    assert numbers(client.get("/api/alerts", {"label": "bad"})) == []


def test_pages_neither_skip_nor_repeat_while_alerts_arrive(client: Client, fire: Fire) -> None:
    for minute in range(5):
        fire(minute)
    page = client.get("/api/alerts", {"limit": 2})
    seen = numbers(page)
    fire(5)
    while page.json()["next"]:
        page = client.get(page.json()["next"])
        seen += numbers(page)
    assert seen == [5, 4, 3, 2, 1]
    back = client.get(page.json()["previous"])
    assert numbers(back) == [3, 2]


def test_queries_do_not_grow_with_the_page(client: Client, fire: Fire) -> None:
    def queries(rows: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(numbers(client.get("/api/alerts", {"limit": rows}))) == rows
        return len(captured)

    for minute in range(12):
        label(client, fire(minute), "good")
    client.get("/api/alerts")  # fills the cache of flags
    assert queries(12) == queries(2)


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"symbol": "spy"}, "symbol"),
        ({"symbol": "SPY\0"}, "symbol"),
        ({"symbol": "S" * 21}, "symbol"),
        ({"ruleId": "no such rule"}, "ruleId"),
        ({"label": "great"}, "label"),
        ({"delivered": "perhaps"}, "delivered"),
        ({"before": "x"}, "before"),
        ({"before": 0}, "before"),
        ({"before": 10**30}, "before"),
        ({"before": "9" * 5000}, "before"),
        ({"afterN": -1}, "afterN"),
        ({"afterN": 2**63}, "afterN"),
        ({"afterN": "1.5"}, "afterN"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "cD1ub3BlCg=="}, "cursor"),  # p=nope
        ({"cursor": "bz0tMQ=="}, "cursor"),  # o=-1
        ({"cursor": "x" * 500}, "cursor"),
        ({"ruleID": "ema_cross"}, "ruleID"),
        ({"symbol": ["SPY", "AAPL"]}, "symbol"),
    ],
)
def test_a_bad_filter_is_named(client: Client, fire: Fire, query: Any, attr: str) -> None:
    fire()
    assert set(attrs(client.get("/api/alerts", query))) == {attr}


def test_a_cursor_beyond_any_number_is_an_empty_page(client: Client, fire: Fire) -> None:
    fire()
    # p=1000000000000000000000000: beyond 64 bits
    answer = client.get("/api/alerts", {"cursor": "cD0xMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"})
    assert answer.status_code in (200, 400)


def test_alerts_are_the_users_own(client: Client, fire: Fire) -> None:
    fire()
    other = Client()
    other.force_login(trader())
    assert numbers(other.get("/api/alerts")) == []
    assert Client().get("/api/alerts").status_code == 401


class TestTape:
    ROWS = ((1_741_012_199_000, 1.0, 2.0, 0.5, 1.5, 100.0), (1_741_012_200_000, 1.5, 2, 1, 2, 50))

    @pytest.fixture
    def peek(self, user: User) -> None:
        Flag.objects.get(name="enableTapePeek").users.add(user)

    @pytest.fixture
    def alert_id(self, client: Client, fire: Fire) -> str:
        fire(tape=pack_tape([tuple(map(float, row)) for row in self.ROWS]))  # type: ignore[misc]
        found: str = client.get("/api/alerts").json()["results"][0]["id"]
        return found

    def test_without_the_flag_there_is_none(self, client: Client, alert_id: str) -> None:
        assert client.get(f"/api/alerts/{alert_id}/tape").status_code == 404

    def test_the_microbars_oldest_first(self, client: Client, peek: None, alert_id: str) -> None:
        tape = client.get(f"/api/alerts/{alert_id}/tape").json()
        assert [tuple(bar.values()) for bar in tape] == list(self.ROWS)
        for bar in tape:
            check(bar, "TapeBar")
            assert math.isfinite(bar["volume"])

    def test_none_received_is_an_empty_list(self, client: Client, peek: None, fire: Fire) -> None:
        fire()
        alert_id = client.get("/api/alerts").json()["results"][0]["id"]
        assert client.get(f"/api/alerts/{alert_id}/tape").json() == []

    def test_another_users_alert_is_not_found(self, peek: None, alert_id: str) -> None:
        other = trader()
        Flag.objects.get(name="enableTapePeek").users.add(other)
        thief = Client()
        thief.force_login(other)
        assert thief.get(f"/api/alerts/{alert_id}/tape").status_code == 404
        assert thief.get("/api/alerts/nope/tape").status_code == 404
