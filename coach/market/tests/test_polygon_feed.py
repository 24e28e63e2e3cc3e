"""The live feed against a server that speaks the vendor's protocol, and fails as it does."""

from __future__ import annotations

import json
import math
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from websockets.exceptions import ConnectionClosedError, InvalidHandshake

from coach.market.fetching import SETTLED_MS
from coach.market.selectors import covered_spans, load_bars
from coach.market.services import ensure_instrument
from coach.market.sources.polygon_stream import read_bar, stream_name, words_of
from coach.market.tests.factories import MINUTE, ms
from coach.market.tests.vendor_feed import (
    BTC,
    OPEN,
    SPY,
    START,
    WATCHFUL,
    Vendor,
    counted,
    last,
    make_feed,
    playing,
)
from tests.vendor.market import history
from tests.vendor.rest import KEY, Fault, aggregate
from tests.vendor.stream import event, status


async def test_it_logs_in_subscribes_and_gives_seconds_and_minutes(vendor: Vendor) -> None:
    async with playing(make_feed(vendor), vendor) as play:
        assert vendor.stream.keys_seen == [KEY]
        assert vendor.stream.subscriptions == {"AM.SPY", "A.SPY"}
        second = aggregate(START // 1000 * 1000, (160, 161, 159, 160), 5.0, 160.1)
        vendor.stream.say(event(second, "SPY", kind="A"))
        vendor.at(60)
        vendor.say(60)
        await play.has(60)
        (bar,) = play.bars
        values = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap)
        assert values == tuple(vendor.row(60)[name] for name in ("o", "h", "l", "c", "v", "vw"))
        assert [batch.market_ms for batch in play.batches if batch.bars][-1] == last(61)
        assert [b.ts for batch in play.batches for b in batch.bars if b.timeframe == "1s"] == [
            second["t"]
        ]


async def test_the_hole_between_start_and_seam_is_filled_before_anything_live(
    vendor: Vendor,
) -> None:
    async with playing(make_feed(vendor), vendor, {"SPY": last(50)}) as play:
        vendor.at(60)
        vendor.say(60)
        await play.has(*range(51, 61))
        closes = [batch.market_ms for batch in play.batches if batch.bars]
        assert closes == [last(each + 1) for each in range(51, 61)]


async def test_after_each_drop_the_minutes_between_are_given_once_and_in_order(
    vendor: Vendor,
) -> None:
    feed = make_feed(vendor)
    async with playing(feed, vendor) as play:
        for minute in range(60, 90, 3):
            joins = vendor.stream.joins
            vendor.at(minute)
            vendor.say(minute)
            await play.until(lambda minute=minute: minute in play.minutes)  # type: ignore[misc]
            vendor.stream.refuse = True
            vendor.stream.drop()
            await play.until(lambda: not feed.health.connected)
            vendor.at(minute + 2)
            vendor.stream.refuse = False
            await play.until(lambda joins=joins: vendor.stream.joins > joins)  # type: ignore[misc]
        vendor.at(90)
        vendor.say(90)
        await play.has(*range(60, 91))
        assert feed.health.reconnects == 10
    settled = [batch.settled_ms for batch in play.batches if batch.settled_ms is not None]
    assert settled == sorted(settled)


async def test_what_the_stream_says_waits_for_the_hole(vendor: Vendor) -> None:
    vendor.rest.faults.append(Fault(stall=0.3))
    async with playing(make_feed(vendor), vendor, {"SPY": last(55)}) as play:
        vendor.at(60)
        vendor.say(60)
        vendor.at(61)
        vendor.say(60, 61)
        await play.has(*range(56, 62))
        assert not any(bar.revision for bar in play.bars)


async def test_duplicates_disorder_late_and_revised_bars(vendor: Vendor) -> None:
    duplicates, revisions = counted("duplicate"), counted("revision")
    async with playing(make_feed(vendor), vendor) as play:
        vendor.at(63)
        vendor.say(60)
        vendor.say(60, 60)
        vendor.say(62, 61)  # one message: put in order
        vendor.say(64)
        vendor.say(63)  # late
        revised = vendor.row(62) | {"c": 162.75}
        vendor.stream.say(event(revised, "SPY"))
        vendor.stream.say(event(revised, "SPY"))
        vendor.say(65)
        await play.has(60, 61, 62, 64, 63, 62, 65)
    assert [bar.revision for bar in play.bars] == [*[False] * 5, True, False]
    assert play.bars[5].close == 162.75
    assert counted("duplicate") - duplicates == 3
    assert counted("revision") - revisions == 1
    closes = [batch.market_ms for batch in play.batches if batch.bars]
    assert closes == sorted(closes)


BAD: dict[str, dict[str, Any]] = {
    "a price that is none": {"c": None},
    "text": {"h": "162"},
    "zero": {"o": 0},
    "high below low": {"h": 1.0},
    "close outside": {"c": 900.0},
    "negative volume": {"v": -1},
    "off the grid": {"s": last(60) + 17},
    "an unknown symbol": {"sym": "QQQ"},
    "an unknown event": {"ev": "T"},
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_bars_are_refused_and_the_others_of_the_message_stay(
    vendor: Vendor, name: str
) -> None:
    before = counted("bad_bar") + counted("bad_message")
    async with playing(make_feed(vendor), vendor) as play:
        vendor.at(61)
        bad = event(vendor.row(60), "SPY") | BAD[name]
        good = event(vendor.row(61), "SPY")
        vendor.stream.say_raw(json.dumps([bad, good]))
        await play.has(61)
    assert counted("bad_bar") + counted("bad_message") == before + 1


@pytest.mark.parametrize("text", ["", "{", "[", "null", '"AM"', "[NaN]", "[[]]", "[7]", "{}"])
async def test_what_is_no_message_is_counted_and_forgotten(vendor: Vendor, text: str) -> None:
    async with playing(make_feed(vendor), vendor) as play:
        vendor.stream.say_raw(text)
        vendor.at(60)
        vendor.say(60)
        await play.has(60)


async def test_a_quiet_market_is_healthy_and_its_time_goes_on(vendor: Vendor) -> None:
    feed = make_feed(vendor, patterns=WATCHFUL)
    vendor.rest.bars["SPY"] = []
    async with playing(feed, vendor) as play:
        vendor.at(200)
        await play.until(lambda: any(b.settled_ms == last(200) for b in play.batches))
        heard = feed.health.heard_ms
        assert heard is not None
        vendor.wall.time += 1
        await play.until(lambda: feed.health.heard_ms == vendor.wall.time)  # a pong
        assert feed.health.connected
        assert play.bars == []
        assert vendor.stream.joins == 1


async def test_a_connection_that_answers_no_ping_is_dead(vendor: Vendor) -> None:
    feed = make_feed(vendor)
    async with playing(feed, vendor) as play:
        vendor.stream.freeze()
        await play.until(lambda: vendor.stream.joins == 2)
        assert feed.health.reconnects == 1
        vendor.at(60)
        vendor.say(60)
        await play.has(60)


async def test_a_stream_that_answers_and_gives_nothing_is_found_out_and_renewed(
    vendor: Vendor,
) -> None:
    async with playing(make_feed(vendor, patterns=WATCHFUL), vendor) as play:
        vendor.at(63, seconds=30)  # the stream has said nothing of these minutes
        await play.until(lambda: vendor.stream.joins == 2)
        await play.has(60, 61, 62, 63)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out during opening handshake"), "the vendor does not answer"),
        (ConnectionClosedError(None, None), "the connection to the vendor broke off"),
        (ConnectionRefusedError(111, "Connection refused"), "the vendor cannot be reached"),
        (InvalidHandshake("upgrade"), "the vendor's stream cannot be understood"),
    ],
)
def test_why_the_feed_is_down_is_told_in_a_traders_words(error: Exception, words: str) -> None:
    assert words_of(error) == words


async def test_time_stands_still_while_the_feed_is_down(vendor: Vendor) -> None:
    feed = make_feed(vendor)
    async with playing(feed, vendor) as play:
        vendor.stream.refuse = True
        vendor.stream.drop()
        await play.until(lambda: not feed.health.connected)
        vendor.at(200)
        await play.until(lambda: feed.health.reason == "the vendor answers 503")
        assert all((batch.settled_ms or 0) <= last(60) for batch in play.batches)
        vendor.stream.refuse = False
        await play.has(*range(60, 201))
        assert all(
            batch.settled_ms is None or batch.settled_ms <= batch.market_ms
            for batch in play.batches
        )


async def test_a_hole_that_cannot_be_filled_is_a_gap_and_comes_late(vendor: Vendor) -> None:
    vendor.rest.always = Fault(503)
    async with playing(make_feed(vendor), vendor, {"SPY": last(55)}) as play:
        vendor.at(60)
        vendor.say(60)
        await play.has(60)
        (gap,) = [gap for batch in play.batches for gap in batch.gaps]
        assert (gap.symbol, gap.start_ms, gap.end_ms) == ("SPY", last(56), last(60))
        vendor.rest.always = None
        vendor.at(61, seconds=30)
        await play.until(lambda: 59 in play.minutes)
        assert play.minutes == [60, *range(56, 60)]


@pytest.mark.parametrize("word", ["auth_failed", "max_connections"])
async def test_a_refusal_is_told_and_tried_again_without_hurry(vendor: Vendor, word: str) -> None:
    vendor.stream.answer = status(word, "no")
    feed = make_feed(vendor)
    async with playing(feed, vendor) as play:
        await play.until(lambda: feed.health.reason == f"{word}: no")
        assert KEY not in feed.health.reason
        vendor.stream.answer = None
        await play.until(lambda: feed.health.connected)


async def test_two_clusters_are_two_connections_and_one_time(vendor: Vendor) -> None:
    vendor.rest.bars["X:BTCUSD"] = []
    feed = make_feed(vendor, SPY, BTC)
    async with playing(feed, vendor, {"SPY": last(59), "X:BTCUSD": last(59)}) as play:
        await play.until(lambda: vendor.stream.joins == 2)
        assert vendor.stream.subscriptions == {"AM.SPY", "A.SPY", "XA.BTC-USD", "XAS.BTC-USD"}
        vendor.at(60)
        vendor.stream.say(event(vendor.row(60), "BTC-USD", kind="XA"))
        vendor.say(60)
        await play.until(lambda: len(play.bars) == 2)
        assert {bar.symbol for bar in play.bars} == {"SPY", "X:BTCUSD"}


@pytest.mark.django_db(transaction=True)
def test_before_the_start_history_from_the_anchor_is_fetched(vendor: Vendor) -> None:
    vendor.rest.bars["SPY"] = [*history("SPY", date(2025, 6, 2), date(2025, 6, 6)), *vendor.rows]
    ensure_instrument(symbol="SPY")
    feed = make_feed(vendor)
    async_to_sync(feed.prepare)()
    until = (START - SETTLED_MS) // MINUTE * MINUTE
    spans = covered_spans("SPY", "1m", source="polygon", adjusted=True)
    assert (spans[0][0], spans[-1][1]) == (ms("2025-06-02"), until)
    bars = load_bars("SPY", "1m", ms("2025-06-02"), START)
    assert bars.ts.tolist() == [row["t"] for row in vendor.rest.bars["SPY"] if row["t"] < until]

    async def first() -> list[int]:
        async with playing(make_feed(vendor), vendor, {"AMD": 0}) as play:
            await play.until(lambda: len(play.minutes) >= 20)
            return play.minutes

    begun = async_to_sync(first)()
    assert begun[0] == (until - OPEN) // MINUTE
    assert all(b - a == 1 for a, b in pairwise(begun))


@pytest.mark.django_db(transaction=True)
def test_a_history_that_cannot_be_had_does_not_stop_the_start(vendor: Vendor) -> None:
    vendor.rest.always = Fault(403, error="Your plan doesn't include this data timeframe.")
    ensure_instrument(symbol="SPY")
    async_to_sync(make_feed(vendor).prepare)()
    assert covered_spans("SPY", "1m", source="polygon", adjusted=True) == []


@pytest.mark.django_db(transaction=True)
def test_who_may_not_write_any_more_fetches_no_history(vendor: Vendor) -> None:
    ensure_instrument(symbol="SPY")

    def superseded() -> None:
        raise PermissionError("superseded")

    with pytest.raises(PermissionError):
        async_to_sync(make_feed(vendor, guard=superseded).prepare)()
    assert len(load_bars("SPY", "1m", 0, START)) == 0


def test_names_of_the_stream() -> None:
    assert stream_name("SPY", "stocks") == "SPY"
    assert stream_name("X:BTCUSD", "crypto") == "BTC-USD"
    assert stream_name("X:DOGE-USDT", "crypto") == "DOGE-USDT"
    assert read_bar({"s": math.inf}, "SPY", "1m", 0.0) is None
