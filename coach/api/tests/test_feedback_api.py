"""`POST /api/feedback`, the list and the undo: what a label answers, and what is refused."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from coach.accounts.models import User
from coach.api.tests.openapi import check
from coach.market.barcache import upsert_bars
from coach.market.tests.factories import minute_bars
from coach.signals.tests.factories import OPEN_MS, trader

Fire = Callable[..., str]
SEQ = OPEN_MS // 60_000


def post(client: Client, body: object, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/feedback", body, content_type="application/json", headers=headers)


def refusal(answer: Any) -> tuple[int, str | None]:
    body = answer.json()
    assert set(body) == {"type", "errors"}
    return answer.status_code, body["errors"][0]["attr"]


def test_a_label_answers_with_what_it_moved(client: Client, fire: Fire) -> None:
    signal_id = fire()
    answer = post(client, {"signalId": signal_id, "label": "bad", "notes": "too late in the day"})
    assert answer.status_code == 201
    body = answer.json()
    check(body, "FeedbackResult")
    assert (body["signalId"], body["label"]) == (signal_id, "bad")
    assert body["notes"] == "too late in the day"
    assert body["metrics"]["windows"]["7d"]["bad"] == 1
    assert body["score"]["before"] == 0
    assert body["score"]["after"] == pytest.approx(-0.0430, abs=1e-4)
    assert body["gates"]["before"]["minConfidence"] == pytest.approx(0.6)
    assert body["gates"]["after"]["minConfidence"] == pytest.approx(0.6043, abs=1e-4)


def test_a_label_by_bar_and_rule(client: Client, fire: Fire) -> None:
    signal_id = fire()
    body = {"symbol": "SPY", "seq": SEQ, "ruleId": "ltp_breakout", "label": "good"}
    answer = post(client, body)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["signalId"] == signal_id
    assert answer.json()["timeframe"] == "1m"


def test_the_last_label_counts_and_the_undo_restores_the_one_before(
    client: Client, fire: Fire
) -> None:
    signal_id = fire()
    first = post(client, {"signalId": signal_id, "label": "good"}).json()
    second = post(client, {"signalId": signal_id, "label": "bad"}).json()
    listed = client.get("/api/feedback").json()
    check(listed, "FeedbackPage")
    assert [each["id"] for each in listed["results"]] == [second["id"]]
    undone = client.delete(f"/api/feedback/{second['id']}")
    assert undone.status_code == 200
    check(undone.json(), "UndoResult")
    assert (undone.json()["id"], undone.json()["label"]) == (first["id"], "good")
    assert undone.json()["score"] == {
        "before": second["score"]["after"],
        "after": first["score"]["after"],
    }
    nothing = client.delete(f"/api/feedback/{first['id']}")
    check(nothing.json(), "UndoResult")
    assert (nothing.json()["id"], nothing.json()["label"]) == (None, None)
    assert nothing.json()["signalId"] == signal_id
    assert client.get("/api/feedback").json()["results"] == []


def test_an_undo_of_what_was_replaced_is_a_conflict(client: Client, fire: Fire) -> None:
    signal_id = fire()
    first = post(client, {"signalId": signal_id, "label": "good"}).json()
    post(client, {"signalId": signal_id, "label": "bad"})
    assert refusal(client.delete(f"/api/feedback/{first['id']}")) == (409, "id")


class TestIdempotencyKey:
    def test_the_same_request_has_the_same_answer(self, client: Client, fire: Fire) -> None:
        body = {"signalId": fire(), "label": "good"}
        first = post(client, body, key="k1")
        other = fire(1)
        post(client, {"signalId": other, "label": "bad"})
        again = post(client, body, key="k1")
        assert (again.status_code, again.json()) == (201, first.json())

    def test_another_body_is_a_conflict(self, client: Client, fire: Fire) -> None:
        signal_id = fire()
        post(client, {"signalId": signal_id, "label": "good"}, key="k1")
        answer = post(client, {"signalId": signal_id, "label": "bad"}, key="k1")
        assert refusal(answer) == (409, "Idempotency-Key")
        assert client.get("/api/feedback").json()["results"][0]["label"] == "good"

    def test_keys_are_the_users_own(self, client: Client, fire: Fire) -> None:
        body = {"signalId": fire(), "label": "good"}
        post(client, body, key="k1")
        other = Client()
        other.force_login(trader())
        assert post(other, body, key="k1").status_code == 404

    @pytest.mark.parametrize("key", ["x" * 101, "", "a\tb"])
    def test_a_bad_key_is_named(self, client: Client, fire: Fire, key: str) -> None:
        answer = post(client, {"signalId": fire(), "label": "good"}, key=key)
        assert refusal(answer) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"label": "great"}, "label"),
        ({"label": None}, "label"),
        ({"label": ["good"]}, "label"),
        ({"notes": "x" * 2001}, "notes"),
        ({"notes": "a\0b"}, "notes"),
        ({"notes": {"a": 1}}, "notes"),
        ({"signalId": True}, "signalId"),
        ({"signalId": "x" * 27}, "signalId"),
        ({"signalId": ""}, "signalId"),
        ({"seq": SEQ}, "seq"),  # both ways at once
        ({"symbol": "spy"}, "symbol"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_bad_label_names_the_field(
    client: Client, fire: Fire, change: dict[str, Any], attr: str
) -> None:
    body = {"signalId": fire(), "label": "good", **change}
    assert refusal(post(client, body)) == (400, attr)
    assert client.get("/api/feedback").json()["results"] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"symbol": "NOPE"}, {(404, "seq"), (404, "symbol")}),
        ({"seq": SEQ + 1}, {(404, "seq")}),
        ({"seq": -1}, {(400, "seq")}),
        ({"seq": 2**60}, {(400, "seq")}),
        ({"seq": "soon"}, {(400, "seq")}),
        ({"seq": None}, {(400, "seq")}),
        ({"ruleId": "nope"}, {(404, "seq"), (404, "ruleId")}),
        ({"ruleId": "No Rule"}, {(400, "ruleId")}),
        ({"timeframe": "7m"}, {(400, "timeframe"), (404, "seq"), (404, "timeframe")}),
    ],
)
def test_a_bar_that_is_not_there(
    client: Client, fire: Fire, change: dict[str, Any], expected: set[tuple[int, str]]
) -> None:
    fire()
    body = {"symbol": "SPY", "seq": SEQ, "ruleId": "ltp_breakout", "label": "good", **change}
    assert refusal(post(client, body)) in expected


def test_nothing_named_is_refused(client: Client) -> None:
    status, attr = refusal(post(client, {"label": "good"}))
    assert (status, attr) == (400, "symbol")


def test_a_signal_that_was_not_decided_for_this_user(client: Client, fire: Fire) -> None:
    signal_id = fire()
    other = Client()
    other.force_login(trader())
    assert refusal(post(other, {"signalId": signal_id, "label": "good"})) == (404, "signalId")


def test_another_users_label_cannot_be_undone(client: Client, fire: Fire) -> None:
    label_id = post(client, {"signalId": fire(), "label": "good"}).json()["id"]
    other = Client()
    other.force_login(trader())
    assert refusal(other.delete(f"/api/feedback/{label_id}")) == (404, "id")
    assert client.delete(f"/api/feedback/{uuid4()}").status_code == 404
    assert client.delete("/api/feedback/nope").status_code == 404
    assert len(client.get("/api/feedback").json()["results"]) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b'{"label": NaN}',
        b'{"label": 1e999}',
        b'{"label": "\\ud800"}',
        b'{"\\udfff": 1}',
        b"\xff\xfe",
        b'{"seq": ' + b"9" * 5000 + b"}",
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"[" * 200_000,
    ],
)
def test_a_hostile_body_is_refused(client: Client, raw: bytes) -> None:
    answer = client.generic("POST", "/api/feedback", raw, "application/json")
    assert refusal(answer)[0] == 400


def test_a_body_over_the_limit_is_refused(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post(client, {"label": "good", "notes": "x" * 1000})
    assert refusal(answer) == (413, None)


def test_the_list_filters(client: Client, fire: Fire, user: User) -> None:
    one = fire(0)
    two = fire(1, symbol="AAPL", rule_id="ema_cross")
    post(client, {"signalId": one, "label": "good"})
    post(client, {"signalId": two, "label": "late"})

    def found(**query: str) -> set[str]:
        answer = client.get("/api/feedback", query)
        assert answer.status_code == 200, answer.json()
        return {each["signalId"] for each in answer.json()["results"]}

    assert found() == {one, two}
    assert found(symbol="AAPL") == found(ruleId="ema_cross") == found(label="late") == {two}
    assert found(signalId=one) == {one}
    assert client.get("/api/feedback", {"label": "none"}).status_code == 400


class TestMissedBar:
    """A bar on which the rule did not fire, and on which the trader says it should have."""

    @pytest.fixture
    def bar(self, user: User) -> dict[str, Any]:
        upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN_MS, 3))
        return {"symbol": "SPY", "seq": SEQ + 1, "ruleId": "ltp_breakout"}

    def test_it_is_kept_without_a_signal_and_moves_no_score(
        self, client: Client, bar: dict[str, Any]
    ) -> None:
        answer = post(client, {**bar, "label": "missed"})
        assert answer.status_code == 201, answer.json()
        body = answer.json()
        check(body, "FeedbackResult")
        assert (body["signalId"], body["delivered"]) == (None, None)
        assert body["score"]["before"] == body["score"]["after"]
        check(client.get("/api/feedback").json(), "FeedbackPage")
        undone = client.delete(f"/api/feedback/{body['id']}")
        check(undone.json(), "UndoResult")
        assert client.get("/api/feedback").json()["results"] == []

    @pytest.mark.parametrize("label", ["good", "bad", "late"])
    def test_only_missed_needs_no_signal(
        self, client: Client, bar: dict[str, Any], label: str
    ) -> None:
        assert refusal(post(client, {**bar, "label": label})) == (404, "seq")

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"seq": SEQ + 3}, (404, "seq")),
            ({"seq": 0}, (404, "seq")),
            ({"symbol": "NOPE"}, (404, "symbol")),
            ({"ruleId": "nope"}, (404, "ruleId")),
            ({"timeframe": "7m"}, (400, "timeframe")),
        ],
    )
    def test_a_bar_that_is_not_there_was_not_missed(
        self,
        client: Client,
        bar: dict[str, Any],
        change: dict[str, Any],
        expected: tuple[int, str],
    ) -> None:
        assert refusal(post(client, {**bar, **change, "label": "missed"})) == expected
