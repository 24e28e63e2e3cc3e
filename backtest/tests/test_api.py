"""Backtests over HTTP: what is taken on, what is refused and why, what is answered."""

from __future__ import annotations

import csv
import io
import json
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backtest import selectors, waiting
from backtest.models import Run
from backtest.presets import SHIPPED
from backtest.services import cancel_run, create_run, work_on_run
from backtest.tests.asking import BODY, post, refused
from backtest.tests.factories import day_ms
from backtest.tests.stored import END, START, finished_run, run_request, stored_bars
from coach.accounts.models import User
from coach.signals.tests.factories import trader
from feedback.models import Feedback

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]


def ask(client: Client, **changes: Any) -> Any:
    return post(client, "/api/backtest/run", BODY | changes)


def test_a_run_is_taken_on_and_done_later(client: Client) -> None:
    stored_bars()
    answer = ask(client)
    assert answer.status_code == 202
    taken = answer.json()
    assert (taken["status"], taken["result"]) == ("queued", None)
    work_on_run(taken["id"])
    done = client.get(f"/api/backtest/runs/{taken['id']}").json()
    assert done["status"] == "done"
    assert done["progress"] == 1.0
    assert done["runKey"] == done["result"]["runKey"]
    assert done["result"]["bars"] > 1_900
    assert done["result"]["winrate"] is None
    assert done["result"]["triggersUrl"] is None
    assert done["request"]["rules"] == [
        {"ruleId": "ema_cross", "params": {"fast": 20, "slow": 50}},
        {"ruleId": "ltp_breakout", "params": {"lookback": 30, "bufferAtr": 0.0}},
    ]


def test_a_date_as_end_includes_its_session(client: Client) -> None:
    stored_bars()
    taken = ask(client).json()["request"]
    assert (taken["start"], taken["end"]) == (1710768600000, 1711137600000)  # 09:30 and 16:00 EDT
    holiday = ask(client, start="2024-03-16", end="2024-03-24").json()["request"]
    assert holiday == taken


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (day_ms(START), day_ms(END)),
        ("2024-03-18T00:00:00Z", "2024-03-23T00:00:00Z"),
        ("2024-03-18T01:00:00+01:00", "2024-03-22T20:00:00-04:00"),
    ],
)
def test_times_may_be_ms_or_iso_with_zone(client: Client, start: object, end: object) -> None:
    stored_bars()
    taken = ask(client, start=start, end=end).json()["request"]
    assert (taken["start"], taken["end"]) == (day_ms(START), day_ms(END))


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"end": "2024-03-11"}, "end", "must be after start"),
        ({"start": 0, "end": 10**15}, "start", "must lie from 1990-01-01 to 2049-12-31"),
        ({"start": "1990-01-02", "end": "2049-12-30"}, "end", "within 4,020 days of start on 1m"),
        ({"start": "1990-01-02", "end": 631_152_000_000 + 86_400_000_000_000}, "end", "must lie"),
        ({"start": "2024-03-18T09:30:00"}, "start", "needs its zone"),
        ({"start": "yesterday"}, "start", "neither a date nor a time"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start", "must lie from"),
        ({"start": True}, "start", "Must be epoch ms"),
        ({"start": 1.5}, "start", "Must be epoch ms"),
        ({"start": "2024-05-01", "end": "2024-05-02"}, "start", "TEST has bars from"),
        ({"start": "2024-01-02", "end": "2024-01-03"}, "end", "TEST has bars from"),
        ({"symbol": "NOPE"}, "symbol", "'NOPE' is unknown"),
        ({"timeframe": "7m"}, "timeframe", "not a valid choice"),
        ({"session": "night"}, "session", "not a valid choice"),
        ({"rules": []}, "rules", "at least 1"),
        ({"rules": ["ema_cross"] * 10_000}, "rules", "no more than 50"),
        ({"rules": "ema_cross"}, "rules", "Expected a list"),
        ({"rules": ["tea_leaves"]}, "rules.0.ruleId", "'tea_leaves' is unknown"),
        ({"rules": ["ema_cross", "ema_cross"]}, "rules.0.ruleId", "given twice"),
        (
            {"rules": [{"ruleId": "ema_cross", "params": {"speed": 3}}]},
            "rules.0.params.speed",
            "has no parameter 'speed'",
        ),
        (
            {"rules": ["vwap_reclaim", {"ruleId": "ema_cross", "params": {"slow": 391}}]},
            "rules.1.params.slow",
            "must be at most 390",
        ),
        (
            {"rules": [{"ruleId": "ema_cross", "params": {"fast": 50, "slow": 50}}]},
            "rules.0.params.fast",
            "fast must be below slow",
        ),
        (
            {"rules": [{"ruleId": "ema_cross", "params": {"fast": "many"}}]},
            "rules.0.params.fast",
            "must be a number",
        ),
        ({"timeframe": "1d", "rules": ["vwap_reclaim"]}, "timeframe", "below 1d"),
        ({"colour": "green"}, "colour", "Unknown"),
        ({"governor": "maybe"}, "governor", "valid boolean"),
    ],
)
def test_a_bad_request_names_the_field_and_the_bound(
    client: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    stored_bars()
    reasons = refused(ask(client, **changes))
    assert words in reasons[field]
    assert Run.objects.count() == 0


def test_what_is_missing_is_named(client: Client) -> None:
    reasons = refused(post(client, "/api/backtest/run", {}))
    assert reasons.keys() == {"symbol", "timeframe", "start", "end", "rules"}
    assert refused(ask(client, symbol="TEST"))["symbol"]
    stored_bars()
    answer = post(client, "/api/backtest/run?wait=soon", BODY)
    assert "number" in refused(answer)["wait"]
    assert "60" in refused(post(client, "/api/backtest/run?wait=3600", BODY))["wait"]
    assert Run.objects.count() == 0


def test_too_many_requests_a_minute_are_told_when(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    stored_bars()
    answers = [ask(client).status_code for _ in range(61)]
    assert answers.count(202) == 50  # the most that may wait at once
    assert answers[-1] == 429


def test_waiting_for_a_run_that_nobody_does_ends_with_202(client: Client) -> None:
    stored_bars()
    assert post(client, "/api/backtest/run?wait=0.05", BODY).status_code == 202


def test_where_too_many_wait_the_answer_comes_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_bars()
    monkeypatch.setattr(waiting, "_places", BoundedSemaphore(1))
    assert waiting._places.acquire(blocking=False)
    monkeypatch.setattr(waiting, "_wait", lambda *_: pytest.fail("it waits"))
    assert post(client, "/api/backtest/run?wait=60", BODY).status_code == 202
    waiting._places.release()


def test_runs_are_listed_newest_first_without_results(client: Client, user: User) -> None:
    first = finished_run(user.pk)
    second = finished_run(user.pk, "ema_cross")
    page = client.get("/api/backtest/runs?limit=1").json()
    assert [run["id"] for run in page["results"]] == [second.pk]
    assert page["results"][0]["result"] is None
    rest = client.get(page["next"]).json()
    assert [run["id"] for run in rest["results"]] == [first.pk]


def test_triggers_come_in_pages_that_join_without_a_gap(client: Client, user: User) -> None:
    run = finished_run(user.pk)
    whole = client.get(f"/api/backtest/runs/{run.pk}").json()["result"]["triggers"]
    url: str | None = f"/api/backtest/runs/{run.pk}/triggers?limit=37"
    found: list[Any] = []
    while url is not None:
        page = client.get(url).json()
        found += page["results"]
        url = page["next"]
    assert found == whole
    assert len(whole) > 100
    beyond = client.get(f"/api/backtest/runs/{run.pk}/triggers?cursor=99999").json()
    assert (beyond["results"], beyond["next"]) == ([], None)
    bad = client.get(f"/api/backtest/runs/{run.pk}/triggers?cursor=-1&limit=1000")
    assert refused(bad).keys() == {"cursor", "limit"}


def test_above_20000_triggers_the_rest_is_behind_a_url(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(user.pk)
    monkeypatch.setattr(selectors, "SHOWN", 25)
    monkeypatch.setattr("backtest.document.SHOWN", 25)
    result = client.get(f"/api/backtest/runs/{run.pk}").json()["result"]
    assert len(result["triggers"]) == 25
    page = client.get(result["triggersUrl"]).json()
    rest = page["results"] + client.get(page["next"]).json()["results"]
    assert len(rest) == result["triggerCount"] - 25
    assert rest[0]["ts"] >= result["triggers"][-1]["ts"]


def test_csv_and_json_hold_every_trigger(client: Client, user: User) -> None:
    run = finished_run(user.pk)
    answer = client.get(f"/api/backtest/runs/{run.pk}/export?format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    exported = client.get(f"/api/backtest/runs/{run.pk}/export?format=json")
    whole = json.loads(exported.content)
    assert len(rows) == len(whole["triggers"]) == whole["triggerCount"]
    first = whole["triggers"][0]
    assert (rows[0]["ruleId"], int(rows[0]["ts"])) == (first["ruleId"], first["ts"])
    assert float(rows[0]["confidence"]) == first["confidence"]
    again = finished_run(user.pk)
    assert client.get(f"/api/backtest/runs/{again.pk}/export").content == exported.content
    assert refused(client.get(f"/api/backtest/runs/{run.pk}/export?format=xlsx"))["format"]


def test_what_has_no_result_cannot_be_exported(client: Client, user: User) -> None:
    stored_bars()
    run = create_run(user_id=user.pk, request=run_request())
    for path in ("triggers", "export?format=csv"):
        answer = client.get(f"/api/backtest/runs/{run.pk}/{path}")
        assert answer.status_code == 409
        assert "queued" in answer.json()["errors"][0]["detail"]


def test_delete_cancels_what_is_under_way_and_forgets_what_ended(
    client: Client, user: User
) -> None:
    stored_bars()
    run = create_run(user_id=user.pk, request=run_request())
    answer = client.delete(f"/api/backtest/runs/{run.pk}")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert client.delete(f"/api/backtest/runs/{run.pk}").status_code == 204
    assert client.get(f"/api/backtest/runs/{run.pk}").status_code == 404


def test_only_its_owner_sees_a_run(client: Client) -> None:
    run = finished_run(trader().pk)
    for path in ("", "/triggers", "/export?format=json"):
        assert client.get(f"/api/backtest/runs/{run.pk}{path}").status_code == 404
    assert client.delete(f"/api/backtest/runs/{run.pk}").status_code == 404
    assert cancel_run(run=run) is False  # it is done, and still there
    assert client.get("/api/backtest/runs").json()["results"] == []


def test_the_winrate_is_that_of_the_users_own_labels(client: Client, user: User) -> None:
    run = finished_run(user.pk)
    triggers = client.get(f"/api/backtest/runs/{run.pk}").json()["result"]["triggers"]
    labels = ["good", "good", "bad", "late"]
    for number, (trigger, label) in enumerate(zip(triggers[10:14], labels, strict=True)):
        label_trigger(user, trigger, label, number)
    label_trigger(trader(), triggers[20], "bad", 9)  # somebody else's
    result = client.get(f"/api/backtest/runs/{run.pk}").json()["result"]
    assert result["labels"] == {"good": 2, "bad": 1}
    assert result["winrate"] == pytest.approx(2 / 3)
    per_rule = {name: each["winrate"] for name, each in result["metrics"]["perRule"].items()}
    named = {trigger["ruleId"] for trigger in triggers[10:13]}
    assert {name for name, rate in per_rule.items() if rate is not None} == named
    of_rules = [each["labels"] for each in result["metrics"]["perRule"].values()]
    assert [sum(each[name] for each in of_rules) for name in ("good", "bad")] == [2, 1]


def label_trigger(user: User, trigger: dict[str, Any], label: str, number: int) -> None:
    Feedback.objects.create(
        user=user,
        symbol="TEST",
        timeframe="1m",
        seq=trigger["seq"],
        rule_id=trigger["ruleId"],
        label=label,
        session_date="2024-03-18",
        market_ts="2024-03-18T20:00:00Z",
        target=f"TEST:{number}",
        revision=1,
    )


def test_labels_are_no_part_of_the_canonical_result(client: Client, user: User) -> None:
    run = finished_run(user.pk)
    before = client.get(f"/api/backtest/runs/{run.pk}/export?format=json").content
    trigger = json.loads(before)["triggers"][3]
    label_trigger(user, trigger, "good", 1)
    assert client.get(f"/api/backtest/runs/{run.pk}/export?format=json").content == before
    assert b"winrate" not in before.replace(b"autoWinrate", b"")
    assert run.pk.encode() not in before


def test_at_least_six_presets_run_on_the_market_at_once(client: Client) -> None:
    stored_bars()
    presets = client.get("/api/backtest/presets").json()
    assert len(presets) == len(SHIPPED) >= 6
    for preset in presets:
        assert preset["shipped"] is True
        taken = post(client, "/api/backtest/run", preset["request"])
        assert taken.status_code == 202, taken.content
        assert work_on_run(taken.json()["id"]) is True
        done = client.get(f"/api/backtest/runs/{taken.json()['id']}").json()
        assert done["status"] == "done", done["error"]
        assert done["result"]["bars"] > 500


def test_a_users_own_presets(client: Client) -> None:
    stored_bars()
    body = {"name": "Mine", "description": "for Mondays", "request": BODY}
    made = post(client, "/api/backtest/presets", body)
    assert made.status_code == 201
    listed = client.get("/api/backtest/presets").json()
    assert listed[-1] == made.json()
    assert listed[-1]["request"] == BODY
    assert "'Mine'" in refused(post(client, "/api/backtest/presets", body))["name"]
    bad = body | {"name": "Bad", "request": BODY | {"end": "2024-03-01"}}
    assert refused(post(client, "/api/backtest/presets", bad)).keys() == {"request.end"}
    other = Client()
    other.force_login(trader())
    path = f"/api/backtest/presets/{made.json()['id']}"
    assert other.delete(path).status_code == 404
    assert client.delete(path).status_code == 204
    assert client.delete("/api/backtest/presets/shipped-core").status_code == 404


def test_a_token_may_ask_too(user: User) -> None:
    from rest_framework.authtoken.models import Token  # noqa: PLC0415

    stored_bars()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    assert client.post("/api/backtest/run", BODY, format="json").status_code == 202
