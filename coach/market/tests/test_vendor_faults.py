"""Faults of the vendor over REST: what passes costs only time, what stays is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coach.market.calendars import DAY_MS
from coach.market.fetching import fetch, missing_spans
from coach.market.models import Coverage
from coach.market.services import ensure_instrument
from coach.market.sources.access import VendorError, VendorRefusedError
from coach.market.sources.polygon import PolygonRest
from coach.market.tests.factories import MINUTE, ms
from coach.market.tests.vendored import (
    END,
    START,
    LeapingTime,
    as_rows,
    fill,
    plan,
    stored,
)
from tests.vendor.rest import KEY, Fault, RestServer

pytestmark = pytest.mark.django_db
NAN = b"NaN"


def change(name: str, value: Any, row: int = 40) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def changed(page: dict[str, Any]) -> dict[str, Any]:
        page["results"][row][name] = value
        return page

    return changed


def without_last(page: dict[str, Any]) -> dict[str, Any]:
    page["results"] = page["results"][:-1]
    return page


FAULTS = {
    "429": Fault(429, {"Retry-After": "7"}, error="You've exceeded the limit"),
    "429 with a date": Fault(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    "500": Fault(500),
    "502 without JSON": Fault(502, body=lambda _: b"<html>Bad Gateway</html>"),
    "503": Fault(503),
    "connection cut in a page": Fault(cut=True),
    "half a page": Fault(body=lambda body: body[: len(body) // 2]),
    "a page shorter than it says": Fault(change=without_last),
    "NaN": Fault(body=lambda body: body.replace(b'"o": ', b'"o": NaN, "x": ', 1)),
    "null": Fault(change=change("c", None)),
    "text": Fault(change=change("h", "512.3")),
    "another ticker": Fault(change=lambda page: page | {"ticker": "QQQ"}),
    "unadjusted": Fault(change=lambda page: page | {"adjusted": False}),
    "a bar of another day": Fault(change=change("t", START - DAY_MS, 0)),
    "an error with status 200": Fault(change=lambda _: {"status": "ERROR", "error": "oops"}),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("page", [0, 1])
def test_a_fault_that_passes_costs_only_time(
    server: RestServer,
    source: PolygonRest,
    leaping: LeapingTime,
    week: list[dict[str, Any]],
    name: str,
    page: int,
) -> None:
    server.faults.extend([*[None] * page, FAULTS[name], FAULTS[name]])
    assert fill(source) == len(week)
    assert stored() == as_rows(week)
    assert len(leaping.slept) == 2
    if name == "429":
        assert min(leaping.slept) >= 7


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_stays_names_the_range_and_keeps_nothing_of_it(
    server: RestServer, source: PolygonRest, leaping: LeapingTime, name: str
) -> None:
    server.faults.append(None)  # the first page comes
    server.always = FAULTS[name]
    with pytest.raises(VendorError, match=r"SPY 1m from 2025-06-02T00:00Z to 2025-06-07T00:00Z"):
        fill(source)
    assert leaping.now <= 60
    assert stored() == []
    assert not Coverage.objects.exists()
    assert missing_spans("SPY", "1m", START, END, source="polygon", adjusted=True) == [(START, END)]
    server.always = None
    assert fill(source) == len(stored()) > 0


def test_a_vendor_that_wants_to_be_left_alone_longer_than_there_is_time(
    server: RestServer, source: PolygonRest, leaping: LeapingTime
) -> None:
    server.always = Fault(429, {"Retry-After": "3600"})
    with pytest.raises(VendorError, match="after 1 attempts; the last one: HTTP 429"):
        fill(source)
    assert leaping.slept == []


def test_a_server_that_does_not_answer_is_asked_again(
    server: RestServer, leaping: LeapingTime, week: list[dict[str, Any]]
) -> None:
    ensure_instrument(symbol="SPY")
    source = PolygonRest(KEY, server.url, patience=leaping.patience(timeout=0.2))
    server.faults.append(Fault(stall=1.0))
    assert fill(source) == len(week)
    assert len(leaping.slept) == 1


def twice(page: dict[str, Any]) -> dict[str, Any]:
    again = [row | {"c": row["c"] + 0.01} for row in page["results"][:5]]
    page["results"] = [*page["results"], *page["results"][5:30], *again]
    return page | {"resultsCount": len(page["results"])}


def backwards(page: dict[str, Any]) -> dict[str, Any]:
    return page | {"results": page["results"][::-1]}


@pytest.mark.parametrize("fault", [twice, backwards], ids=["duplicates", "descending"])
def test_duplicate_and_descending_bars_are_put_in_order(
    server: RestServer,
    source: PolygonRest,
    week: list[dict[str, Any]],
    fault: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    server.always = Fault(change=fault)
    assert fill(source) == len(week)
    assert stored() == as_rows(week)


def test_empty_minutes_stay_holes_and_an_empty_range_is_covered(
    server: RestServer, source: PolygonRest, week: list[dict[str, Any]]
) -> None:
    server.bars["SPY"] = [row for row in week if row["t"] // MINUTE % 7]
    assert fill(source) == len(server.bars["SPY"])
    assert [row[0] for row in stored()] == [row["t"] for row in server.bars["SPY"]]
    assert fill(source, start=ms("2025-05-03"), end=ms("2025-05-05")) == 0
    asked = len(server.requests)
    assert fill(source, start=ms("2025-05-03"), end=ms("2025-05-05")) == 0
    assert len(server.requests) == asked


def test_a_bad_bar_is_named_and_the_others_stay(
    server: RestServer, source: PolygonRest, week: list[dict[str, Any]]
) -> None:
    server.bars["SPY"] = [dict(row) for row in week]
    server.bars["SPY"][10]["h"] = 1.0
    (piece,) = fetch(source, plan(source))
    assert [(each.ts, each.field) for each in piece.refused] == [(week[10]["t"], "high")]
    assert len(stored()) == len(week) - 1
    assert Coverage.objects.get().refused == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_not_repeated_and_the_key_is_nowhere(
    server: RestServer,
    source: PolygonRest,
    leaping: LeapingTime,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.always = Fault(status, error=f"Not for key {KEY}: your plan doesn't include this")
    with pytest.raises(VendorRefusedError, match="your plan doesn't include this") as refused:
        fill(source)
    assert leaping.slept == []
    assert KEY not in f"{refused.value!s} {refused.value!r} {source!r} {caplog.text}"


def test_the_key_goes_to_the_vendor_alone(server: RestServer, source: PolygonRest) -> None:
    other = RestServer()
    server.always = Fault(change=lambda page: page | {"next_url": f"{other.url}/v2/aggs"})
    with pytest.raises(VendorError, match="another server"):
        fill(source)
    assert other.requests == []
    other.stop()


def test_pages_in_a_circle_end(server: RestServer, source: PolygonRest) -> None:
    def again(page: dict[str, Any]) -> dict[str, Any]:
        return page | {"next_url": f"{server.url}/v2/aggs/ticker/SPY/range/1/minute/{START}/{END}"}

    server.always = Fault(change=again)
    with pytest.raises(VendorError, match="do not end"):
        fill(source)
    assert stored() == []
