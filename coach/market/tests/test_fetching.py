"""History from the vendor: what is covered is there, once, and as the vendor has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from coach.market import fetching
from coach.market.barcache import write_group
from coach.market.feed import FeedBar
from coach.market.fetching import SETTLED_MS, Piece, fetch, planned
from coach.market.models import ReceivedBar
from coach.market.received import append_received
from coach.market.selectors import covered_spans, load_bars
from coach.market.services import make_synthetic_history
from coach.market.sources.access import Access, VendorError
from coach.market.sources.polygon import PolygonRest, pieces
from coach.market.tests.factories import MINUTE, ms
from coach.market.tests.vendored import (
    END,
    NOW,
    START,
    as_rows,
    fill,
    plan,
    stored,
)
from tests.vendor.market import history
from tests.vendor.rest import KEY, Fault, RestServer, aggregate

pytestmark = pytest.mark.django_db
NAN = b"NaN"


def test_pages_are_followed_and_nothing_is_asked_for_twice(
    server: RestServer, source: PolygonRest, week: list[dict[str, Any]]
) -> None:
    assert fill(source) == len(week) > 1400
    assert stored() == as_rows(week)
    assert len(server.requests) == 3  # of 700 bars
    assert {request.query["adjusted"] for request in server.requests} == {"true"}
    assert covered_spans("SPY", "1m", source="polygon", adjusted=True) == [(START, END)]
    assert fill(source) == 0
    assert len(server.requests) == 3


def test_a_month_a_request_and_no_younger_than_settled(source: PolygonRest) -> None:
    spans = [(each.start_ms, each.end_ms) for each in plan(source, start=ms("2025-03-15"))]
    assert spans == [
        (ms("2025-03-15"), ms("2025-04-01")),
        (ms("2025-04-01"), ms("2025-05-01")),
        (ms("2025-05-01"), ms("2025-06-01")),
        (ms("2025-06-01"), END),
    ]
    (last,) = plan(source, now_ms=ms("2025-06-03T15:00"))
    assert last.end_ms == ms("2025-06-03T15:00") - SETTLED_MS
    assert list(pieces("1d", ms("2023-05-01"), ms("2024-02-01"))) == [
        (ms("2023-05-01"), ms("2024-01-01")),
        (ms("2024-01-01"), ms("2024-02-01")),
    ]


def test_what_came_before_a_failure_stays_and_the_rest_is_resumed(
    server: RestServer, source: PolygonRest, week: list[dict[str, Any]]
) -> None:
    wanted = plan(source, start=ms("2025-05-20"))
    server.faults.append(None)
    server.always = Fault(500)
    kept: list[Piece] = []
    with pytest.raises(VendorError, match="from 2025-06-01T00:00Z"):
        kept.extend(fetch(source, wanted))
    assert [piece.span for piece in kept] == wanted[:1]
    server.always = None
    assert plan(source, start=ms("2025-05-20")) == wanted[1:]
    assert fill(source, start=ms("2025-05-20")) == len(week)


def test_what_is_covered_is_there_whenever_the_writing_stops(
    server: RestServer, source: PolygonRest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.bars["SPY"] = history("SPY", date(2025, 6, 2), date(2025, 6, 27))
    monkeypatch.setattr(fetching, "WRITE_BYTES", 100_000)
    written = write_group
    calls = []

    def dies_in_the_third(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        found = written(*args, **kwargs)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(fetching, "write_group", dies_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        fill(source, end=ms("2025-06-28"))
    spans = covered_spans("SPY", "1m", source="polygon", adjusted=True)
    assert len(spans) == 2
    bars = load_bars("SPY", "1m", START, NOW, session="extended")
    given = [row["t"] for row in server.bars["SPY"]]
    assert bars.ts.tolist() == [ts for ts in given if ts < spans[-1][1]]
    monkeypatch.setattr(fetching, "write_group", written)
    (rest,) = plan(source, end=ms("2025-06-28"))
    assert rest.start_ms == spans[-1][1]
    fill(source, end=ms("2025-06-28"))
    bars = load_bars("SPY", "1m", START, NOW, session="extended")
    assert bars.ts.tolist() == given


def test_a_revised_bar_stays_as_it_was_beside_the_corrected_one(
    server: RestServer, source: PolygonRest, week: list[dict[str, Any]]
) -> None:
    fill(source)
    server.bars["SPY"] = [dict(row) for row in week]
    revised = server.bars["SPY"][100]
    revised["c"] = revised["h"]
    (piece,) = fetch(source, plan(source, again=True))
    assert piece.corrected == 1
    assert stored() == as_rows(server.bars["SPY"])
    first = load_bars("SPY", "1m", START, END, session="extended", version="received")
    assert first.close.tolist() == [row["c"] for row in week]
    versions = ReceivedBar.objects.filter(ts=revised["t"]).order_by("revision")
    assert [(each.revision, each.close) for each in versions] == [
        (0, week[100]["c"]),
        (1, revised["c"]),
    ]
    (piece,) = fetch(source, plan(source, again=True))
    assert piece.corrected == 0


def live_bar(row: dict[str, Any]) -> FeedBar:
    prices = (row["o"], row["h"], row["l"], row["c"], row["v"], row["vw"])
    return FeedBar("SPY", "1m", row["t"], *prices, received_ms=float(row["t"] + MINUTE))


def test_a_bar_that_live_never_had_is_in_the_cache_and_not_among_the_received(
    source: PolygonRest, week: list[dict[str, Any]]
) -> None:
    live = [live_bar(row) for row in week[:390]]
    lost, revised = live.pop(200), live[50]
    live[50] = replace(revised, close=revised.low)
    append_received(live, source="polygon")
    fill(source)
    assert stored() == as_rows(week)
    received = load_bars("SPY", "1m", START, END, version="received")
    assert lost.ts not in received.ts.tolist()
    assert len(received) == len(week) - 1
    assert received.close[50] == revised.low
    assert ReceivedBar.objects.get(ts=lost.ts).revision == 1


def test_days_are_dated_by_their_session(source: PolygonRest, server: RestServer) -> None:
    midnights = [ms(f"2025-{month}-0{day}T0{hour}:00") for month, day, hour in DAYS]
    server.days["SPY"] = [aggregate(ts, (1.0, 2.0, 0.5, 1.5), 9.0, 1.2) for ts in midnights]
    wanted = planned(
        source,
        symbol="SPY",
        timeframe="1d",
        start_ms=ms("2025-03-03"),
        end_ms=ms("2025-04-05"),
        now_ms=NOW,
    )
    assert sum(piece.bars for piece in fetch(source, wanted)) == len(DAYS)
    bars = load_bars("SPY", "1d", ms("2025-03-03"), ms("2025-04-05"))
    assert bars.ts.tolist() == [ms(f"2025-{month}-0{day}") for month, day, _ in DAYS]


DAYS = (("03", 3, 5), ("03", 4, 5), ("04", 1, 4), ("04", 4, 4))
"""Month, day and UTC hour of midnight in New York: winter and summer."""


def test_real_bars_do_not_mix_with_made_up_ones_nor_with_another_adjustment(
    source: PolygonRest,
) -> None:
    make_synthetic_history(symbols=["AMD"], seed=1, sessions=1)
    with pytest.raises(VendorError, match="AMD has bars of the made-up market"):
        planned(source, symbol="AMD", timeframe="1m", start_ms=START, end_ms=END, now_ms=NOW)
    fill(source)
    source.adjusted = False
    with pytest.raises(VendorError, match="SPY 1m is kept adjusted"):
        plan(source)


def test_the_command_says_what_it_did(
    server: RestServer, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.VENDOR = Access(KEY, server.url, "ws://unused")
    call_command("fetch_bars", "SPY", "--start", "2025-06-02", "--end", "2025-06-06")
    assert f"1 ranges, {len(stored()):,} bars, 0 corrected, 0 refused" in capsys.readouterr().out
    call_command("fetch_bars", "SPY", "--start", "2025-06-02", "--end", "2025-06-06")
    assert "Nothing to fetch" in capsys.readouterr().out
    with pytest.raises(CommandError, match="--start: 'June' is not a date"):
        call_command("fetch_bars", "SPY", "--start", "June")


def test_without_a_key_it_says_what_does_without(settings: Settings) -> None:
    settings.VENDOR = Access("", "http://127.0.0.1:1", "ws://unused")
    with pytest.raises(CommandError, match=r"import_bars FILE.*SOURCE=synthetic or SOURCE=replay"):
        call_command("fetch_bars", "SPY")
