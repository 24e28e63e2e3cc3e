"""A run that asks for its bars: from the vendor, or a failure that names the range."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from backtest import filling, results, services
from backtest.models import Run, Status
from backtest.tests.factories import day_ms
from backtest.tests.stored import run_request
from coach.market.selectors import load_bars
from coach.market.services import ensure_instrument, upsert_bars
from coach.market.sources.access import Access
from coach.market.sources.polygon import Patience, PolygonRest
from coach.signals.tests.factories import trader
from tests.vendor.market import as_columns, history
from tests.vendor.rest import KEY, Fault, RestServer

pytestmark = pytest.mark.django_db
START, END = day_ms(date(2025, 6, 9)), day_ms(date(2025, 6, 14))
ANCHOR = day_ms(date(2025, 6, 2))


@pytest.fixture(scope="module")
def bars() -> list[dict[str, Any]]:
    return history("SPY", date(2025, 6, 2), date(2025, 6, 20))


@pytest.fixture
def server(
    bars: list[dict[str, Any]], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RestServer]:
    vendor = RestServer(page=2_000)
    vendor.bars["SPY"] = bars
    settings.VENDOR = Access(KEY, vendor.url, "ws://unused")
    hasty = Patience(budget=30, sleep=lambda _: None)
    monkeypatch.setattr(filling, "vendor", lambda: PolygonRest(KEY, vendor.url, patience=hasty))
    yield vendor
    vendor.stop()


def ended(**changes: Any) -> Run:
    request = run_request(symbol="SPY", start_ms=START, end_ms=END, source="polygon", **changes)
    run = services.create_run(user_id=trader().pk, request=request)
    services.work_on_run(run.pk)
    run.refresh_from_db()
    return run


def summary(run: Run) -> dict[str, Any]:
    assert run.run_key is not None, run.error
    found = results.summary_of(run.run_key)
    assert found is not None
    return found


FAULTS = {
    "429": Fault(429, {"Retry-After": "1"}),
    "5xx": Fault(503),
    "a page that is cut off": Fault(cut=True),
    "NaN": Fault(body=lambda body: body.replace(b'"o": ', b'"o": NaN, "x": ', 1)),
    "descending": Fault(change=lambda page: page | {"results": page["results"][::-1]}),
    "duplicates": Fault(
        change=lambda page: (
            page
            | {
                "results": [*page["results"], *page["results"][:9]],
                "resultsCount": page["resultsCount"] + 9,
            }
        )
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_comes_to_the_same_whatever_its_bars_went_through(
    server: RestServer, bars: list[dict[str, Any]], name: str
) -> None:
    server.faults.extend([FAULTS[name], None, FAULTS[name], FAULTS[name]])
    run = ended()
    assert run.status == Status.DONE, run.error
    assert load_bars("SPY", "1m", ANCHOR, END).ts.tolist() == [
        row["t"] for row in bars if row["t"] < END
    ]
    assert summary(run)["proof"]["warmup"]["coldTriggers"] == 0
    asked = len(server.requests)
    assert ended().run_key == run.run_key
    assert len(server.requests) == asked  # all of it is covered now


def test_a_run_over_the_vendors_bars_is_the_run_over_the_same_bars_imported(
    server: RestServer, bars: list[dict[str, Any]]
) -> None:
    fetched = summary(ended())
    ensure_instrument(symbol="QQQ")
    upsert_bars(symbol="QQQ", timeframe="1m", bars=as_columns(bars))
    request = run_request(symbol="QQQ", start_ms=START, end_ms=END)
    run = services.create_run(user_id=trader().pk, request=request)
    services.work_on_run(run.pk)
    run.refresh_from_db()
    imported = summary(run)
    assert fetched["bars"] == imported["bars"] > 1900
    assert fetched["metrics"]["triggers"] == imported["metrics"]["triggers"] > 50


@pytest.mark.parametrize("name", ["429", "5xx", "a page that is cut off", "NaN"])
def test_a_run_whose_bars_do_not_come_fails_and_names_the_range(
    server: RestServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    impatient = Patience(budget=0.5, sleep=lambda _: None)
    monkeypatch.setattr(filling, "vendor", lambda: PolygonRest(KEY, server.url, patience=impatient))
    server.faults.append(None)
    server.always = FAULTS[name]
    run = ended()
    assert run.status == Status.FAILED
    assert run.error is not None
    assert "SPY 1m from 2025-06-09T00:00Z to 2025-06-22T00:00Z" in run.error
    assert len(load_bars("SPY", "1m", 0, 2**53)) == 0


def test_a_plan_that_does_not_reach_back_to_the_anchor_gives_cold_triggers(
    server: RestServer, bars: list[dict[str, Any]]
) -> None:
    server.bars["SPY"] = [row for row in bars if row["t"] >= START]
    server.faults.extend([None, None, Fault(403, error="Your plan doesn't include this timeframe")])
    run = ended()
    assert summary(run)["proof"]["warmup"]["coldTriggers"] > 0


def test_the_request_needs_a_key_and_no_symbol_of_ours(client: Client, server: RestServer) -> None:
    client.force_login(trader())
    request = {
        "symbol": "SPY",
        "timeframe": "1m",
        "start": "2025-06-09",
        "end": "2025-06-13",
        "rules": ["ema_cross"],
        "source": "polygon",
    }
    answer = client.post("/api/backtest/run", request, content_type="application/json")
    assert answer.status_code == 202, answer.content
    bad = request | {"symbol": "no such!"}
    answer = client.post("/api/backtest/run", bad, content_type="application/json")
    assert answer.json()["errors"][0]["attr"] == "symbol"


def test_without_a_key_the_source_is_refused_and_says_what_does(
    client: Client, settings: Settings
) -> None:
    settings.VENDOR = Access("", "http://127.0.0.1:1", "ws://unused")
    client.force_login(trader())
    request = {
        "symbol": "SPY",
        "timeframe": "1m",
        "start": "2025-06-09",
        "end": "2025-06-13",
        "rules": ["ema_cross"],
        "source": "polygon",
    }
    answer = client.post("/api/backtest/run", request, content_type="application/json")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["attr"] == "source"
    assert "import_bars FILE" in error["detail"]
