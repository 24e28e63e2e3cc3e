"""The routes: who may read what, what a browser may send, and that each sample counts once."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import shared_task
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.authtoken.models import Token

from observability import health, selectors
from observability.samples import PER_WINDOW
from observability.tasks import persist_sketches

pytestmark = pytest.mark.django_db


@shared_task(name="test.failing")
def failing() -> None:
    """Fails."""
    raise RuntimeError("as it should")


@pytest.fixture(autouse=True)
def _afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    selectors.forget_answers()
    monkeypatch.setattr(health, "_last", (float("-inf"), {}))


@pytest.fixture
def browser() -> Client:
    """A browser whose user is logged in."""
    client = Client()
    client.force_login(get_user_model().objects.create_user(username="trader"))
    return client


def sample(number: int, **changes: Any) -> dict[str, Any]:
    now = int(time.time() * 1000)
    return {
        "sampleId": f"bar-{number}",
        "clientSendTs": now,
        "srvTs": now - 40,
        "tickToWickMs": 20 + number,
        "ingestToWickMs": 25 + number,
        "uncertaintyMs": 2,
        "hidden": False,
    } | changes


def send(client: Client, body: Any) -> Any:
    return client.post("/api/metrics/rtt", json.dumps(body), content_type="application/json")


def slo_of(client: Client) -> dict[str, Any]:
    selectors.forget_answers()
    answer: dict[str, Any] = client.get("/slo").json()
    return answer


def test_samples_become_percentiles(browser: Client) -> None:
    before = time.time() * 1000
    for number in range(40):
        echo = send(browser, sample(number, rttMs=5)).json()
        assert before <= echo["serverRecvTs"] <= echo["serverSendTs"] <= time.time() * 1000
    answer = slo_of(browser)
    assert answer["window"] == "1h"
    measure = answer["metrics"]["tickToWickMs"]
    assert measure["count"] == 40
    assert measure["p50"] == pytest.approx(39.5, rel=0.03)
    assert measure["p95"] == pytest.approx(57.05, rel=0.03)
    assert answer["metrics"]["rttMs"]["count"] == 40
    assert answer["metrics"]["voiceInterruptMs"] == {
        "count": 0,
        "p50": None,
        "p95": None,
        "p99": None,
    }
    first = answer["objectives"][0]
    assert first["name"] == "tick-to-wick"
    assert first["sli"] == 1
    assert first["count"] == answer["metrics"]["tickToWickMs"]["count"]
    assert first["budgetLeft"] == 1
    assert set(first["burn"]) == {"5m", "1h", "6h", "3d"}
    assert first["state"] == "ok"


def test_a_repeated_sample_counts_once_in_its_session(browser: Client) -> None:
    batch = [sample(number, reconnect=number == 0, gapFillMs=70) for number in range(50)]
    assert send(browser, batch).status_code == 200
    assert send(browser, [*batch[:20], sample(0)]).status_code == 200
    answer = slo_of(browser)
    assert answer["metrics"]["tickToWickMs"]["count"] == 50
    assert answer["metrics"]["historyGapFillMs"]["count"] == 50
    assert answer["sseReconnects"] == {"total": 1, "lastHour": 1}
    other = Client()
    other.force_login(get_user_model().objects.create_user(username="other"))
    send(other, batch[:5])
    assert slo_of(browser)["metrics"]["tickToWickMs"]["count"] == 55


def test_hidden_and_uncertain_samples_are_counted_apart(browser: Client) -> None:
    send(browser, sample(1, hidden=True, rttMs=3, gapFillMs=9))
    send(browser, sample(2, uncertaintyMs=20.5, rttMs=3, gapFillMs=9))
    send(browser, sample(3, uncertaintyMs=20, tickToWickMs=-2))
    found = slo_of(browser)["metrics"]
    assert found["tickToWickMs"]["count"] == 1
    assert found["rttMs"]["count"] == 2
    assert found["historyGapFillMs"]["count"] == 1
    text = browser.get("/metrics").content.decode()
    for outcome in ("hidden", "uncertain", "counted"):
        assert f'client_samples_total{{outcome="{outcome}"}}' in text


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        (sample(1, tickToWickMs=60_001), "tickToWickMs"),
        (sample(1, tickToWickMs=-51), "tickToWickMs"),
        (sample(1, tickToWickMs="quick"), "tickToWickMs"),
        (sample(1, uncertaintyMs=None), "uncertaintyMs"),
        (sample(1, sampleId=""), "sampleId"),
        (sample(1, sampleId="x" * 65), "sampleId"),
        (sample(1, sampleId="a\n"), "sampleId"),
        (sample(1, sampleId={"a": 1}), "sampleId"),
        (sample(1, hidden="perhaps"), "hidden"),
        (sample(1, clientSendTs=1e300), "clientSendTs"),
        ([sample(1), sample(2, gapFillMs=-1)], "1.gapFillMs"),
        ([sample(number) for number in range(51)], "non_field_errors"),
        ([], "non_field_errors"),
        ("text", "non_field_errors"),
        (None, "non_field_errors"),
        ({}, "sampleId"),
    ],
)
def test_a_bad_sample_is_refused_with_its_field(browser: Client, body: Any, attr: str) -> None:
    answer = send(browser, body)
    assert answer.status_code == 400, answer.content
    assert attr in [error["attr"] for error in answer.json()["errors"]]
    assert slo_of(browser)["metrics"]["tickToWickMs"]["count"] == 0


@pytest.mark.parametrize("raw", ['{"sampleId": NaN}', "[" * 100_000, "\x00", '{"a":1e999}'])
def test_a_hostile_body_is_a_400(browser: Client, raw: str) -> None:
    answer = browser.post("/api/metrics/rtt", raw, content_type="application/json")
    assert answer.status_code == 400


def test_a_flood_is_refused_and_told_when_to_come_again(browser: Client) -> None:
    answers = [
        send(browser, [sample(batch * 50 + number) for number in range(50)])
        for batch in range(2 * PER_WINDOW // 50 + 1)
    ]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 10


def test_who_may_read_what(browser: Client) -> None:
    nobody = Client()
    assert nobody.get("/healthz").json() == {"status": "ok"}
    assert nobody.get("/slo").status_code == 401
    assert nobody.get("/slo/series?measure=rttMs").status_code == 401
    assert send(nobody, sample(1)).status_code == 401
    assert nobody.get("/metrics").status_code == 200, "this machine, no proxy"
    proxied = {"X-Forwarded-For": "203.0.113.7"}
    assert nobody.get("/metrics", headers=proxied).status_code == 401
    assert nobody.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 401
    assert browser.get("/metrics", headers=proxied).status_code == 403
    operator = get_user_model().objects.create_user(username="operator")
    operator.user_permissions.add(Permission.objects.get(codename="view_metrics"))
    token = Token.objects.create(user=operator)
    signed = proxied | {"Authorization": f"Token {token.key}"}
    assert nobody.get("/metrics", headers=signed).status_code == 200
    assert nobody.post("/healthz").status_code == 405
    assert browser.get("/slo/series?measure=rttMs&minutes=9").json() == []
    bad = browser.get("/slo/series?measure=nonsense&minutes=0").json()["errors"]
    assert {error["attr"] for error in bad} == {"measure", "minutes"}


def test_metrics_have_the_promised_bounds(browser: Client) -> None:
    send(browser, sample(1, gapFillMs=100, reconnect=True))
    text = browser.get("/metrics").content.decode()
    for name in ("tick_to_wick_ms", "ingest_to_wick_ms", "voice_interrupt_ms", "rtt_ms"):
        for bound in ("120.0", "180.0"):
            assert f'{name}_bucket{{le="{bound}"}}' in text, name
    assert 'history_gap_fill_ms_bucket{le="120.0"}' in text
    assert 'history_gap_fill_ms_bucket{le="180.0"}' in text
    assert "sse_reconnects_total" in text
    assert "celery_queue_length" in text
    assert "django_http_requests_before_middlewares_total" in text


@pytest.fixture
def live_is_silent() -> Iterator[None]:
    """The live room says that its feed is silent."""
    health.register("test-feed", lambda: "no bar for 12 s")
    yield
    del health._checks["test-feed"]


def test_readiness_names_the_reason(live_is_silent: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["test-feed"] == "no bar for 12 s"
    assert checks["database"] == checks["redis"] == "ok"

    def broken() -> None:
        raise OSError("redis://user:secret@host")

    monkeypatch.setattr(health, "_last", (float("-inf"), {}))
    monkeypatch.setitem(health._checks, "redis", broken)
    assert Client().get("/readyz").json()["checks"]["redis"] == "cannot be told: OSError"


def test_every_answer_names_its_request(browser: Client) -> None:
    given = browser.get("/healthz", headers={"X-Request-ID": "proxy-0001"})
    assert given["X-Request-ID"] == "proxy-0001"
    forged = browser.get("/healthz", headers={"X-Request-ID": "a b"})
    assert len(forged["X-Request-ID"]) == 26
    assert Client().get("/slo")["X-Request-ID"], "errors too"


def test_tasks_are_counted_and_timed(browser: Client) -> None:
    persist_sketches.apply()
    assert failing.apply().state == "FAILURE"
    text = browser.get("/metrics").content.decode()
    assert re.search(
        r'celery_tasks_total\{state="SUCCESS",task="observability.persist_sketches"\} [1-9]', text
    )
    assert re.search(r'celery_tasks_total\{state="FAILURE",task="test.failing"\} [1-9]', text)
    assert 'celery_task_ms_count{task="observability.persist_sketches"}' in text
