"""`GET /api/symbols` and `GET /api/bars`."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from coach.accounts.models import User
from coach.engine.run import indicators
from coach.market.calendars import session_on, sessions_before
from coach.market.columns import BarColumns
from coach.market.feed import FeedGap
from coach.market.selectors import load_bars
from coach.market.services import make_synthetic_history, record_gaps, upsert_bars
from coach.market.tests.factories import MINUTE, InstrumentFactory, minute_bars, ms

pytestmark = pytest.mark.django_db
OPEN = ms("2024-07-02T13:30")
CLOSE = OPEN + 390 * MINUTE


@pytest.fixture
def trader(client: Client) -> Client:
    client.force_login(User.objects.create_user("trader"))
    return client


def get_bars(client: Client, **params: Any) -> Any:
    return client.get(reverse("bars"), {k.rstrip("_"): v for k, v in params.items()})


def test_nobody_logged_in_gets_nothing(client: Client) -> None:
    assert get_bars(client, symbol="SPY", from_=0, to=1).status_code == 401
    assert client.get(reverse("symbols")).status_code == 401


def test_symbols_with_calendar_tick_size_and_range(trader: Client) -> None:
    InstrumentFactory.create(symbol="SPY", name="S&P 500 ETF", asset_class="fund")
    InstrumentFactory.create(symbol="X:BTCUSD", calendar="24/7", asset_class="crypto")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN, 10))
    assert trader.get(reverse("symbols")).json() == [
        {
            "symbol": "SPY",
            "name": "S&P 500 ETF",
            "calendar": "XNYS",
            "timeZone": "America/New_York",
            "tickSize": 0.01,
            "assetClass": "fund",
            "vendorTicker": "SPY",
            "dataRange": {"from": OPEN, "to": OPEN + 10 * MINUTE},
        },
        {
            "symbol": "X:BTCUSD",
            "name": "",
            "calendar": "24/7",
            "timeZone": "UTC",
            "tickSize": 0.01,
            "assetClass": "crypto",
            "vendorTicker": "X:BTCUSD",
            "dataRange": None,
        },
    ]


def test_bars_as_rows_with_gaps(trader: Client) -> None:
    InstrumentFactory.create(symbol="SPY")
    bars = minute_bars(OPEN, 30)
    bars = bars.take(np.delete(np.arange(30), [5, 6, 20, 21]))
    upsert_bars(symbol="SPY", timeframe="1m", bars=bars)
    lost = (OPEN + 20 * MINUTE, OPEN + 22 * MINUTE)
    record_gaps([FeedGap("SPY", *lost, "the line was down")])
    body = get_bars(trader, symbol="SPY", timeframe="1m", from_=OPEN, to=CLOSE).json()
    assert body["columns"] == ["ts", "open", "high", "low", "close", "volume"]
    assert body["bars"][0] == [OPEN, 100.0, 100.02, 99.98, 100.0, 100.0]
    assert len(body["bars"]) == 26
    first = OPEN // MINUTE
    assert body["gaps"] == [
        {"fromSeq": first + 5, "toSeq": first + 6, "reason": "quiet"},
        {"fromSeq": first + 20, "toSeq": first + 21, "reason": "feed_gap"},
    ]


def test_lines_are_the_evaluators_warmed_up_from_the_anchor(trader: Client) -> None:
    make_synthetic_history(symbols=["SPY"], seed=3, sessions=12)
    now = session_on("XNYS", date(2025, 9, 15))
    assert now is not None
    last = sessions_before("XNYS", now.open_ms, 12)
    start, end = last[-1].open_ms + 60 * MINUTE, last[-1].close_ms
    body = get_bars(trader, symbol="SPY", from_=start, to=end, indicators="vwap,ema20,ema50").json()
    assert body["columns"][6:] == ["vwap", "ema20", "ema50"]
    whole = load_bars("SPY", "1m", last[0].open_ms, end)
    lines = indicators(whole, "1m", start, end)
    got = np.array(body["bars"])
    for column, name in ((6, "vwap"), (7, "ema20"), (8, "ema50")):
        np.testing.assert_array_equal(got[:, column], lines[name])
    # Another start, the same values: the line on the chart does not depend on what was asked for.
    later = get_bars(
        trader, symbol="SPY", from_=start + 90 * MINUTE, to=end, indicators="vwap,ema20,ema50"
    ).json()
    assert later["bars"] == body["bars"][-len(later["bars"]) :]


def test_a_line_that_has_not_begun_is_null(trader: Client) -> None:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN, 30))
    rows = get_bars(trader, symbol="SPY", from_=OPEN, to=CLOSE, indicators="ema20").json()["bars"]
    assert [row[6] is None for row in rows] == [True] * 19 + [False] * 11


def test_extended_session_and_higher_timeframe(trader: Client) -> None:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN - 30 * MINUTE, 90))
    query = {"symbol": "SPY", "timeframe": "15m", "from_": OPEN - 90 * MINUTE, "to": CLOSE}
    assert len(get_bars(trader, **query).json()["bars"]) == 4
    assert len(get_bars(trader, **query, session="extended").json()["bars"]) == 6


def test_the_session_break_is_named(trader: Client) -> None:
    InstrumentFactory.create(symbol="SPY")
    two = BarColumns.concat([minute_bars(OPEN, 390), minute_bars(ms("2024-07-03T13:30"), 2)])
    upsert_bars(symbol="SPY", timeframe="1m", bars=two)
    body = get_bars(trader, symbol="SPY", from_=OPEN, to=ms("2024-07-04")).json()
    assert body["gaps"] == [
        {
            "fromSeq": CLOSE // MINUTE,
            "toSeq": ms("2024-07-03T13:30") // MINUTE - 1,
            "reason": "session_break",
        }
    ]


@pytest.mark.parametrize(
    ("params", "attr", "words"),
    [
        ({"symbol": None}, "symbol", "required"),
        ({"symbol": "spy"}, "symbol", "Not a symbol"),
        ({"symbol": "A" * 21}, "symbol", "20"),
        ({"timeframe": "2m"}, "timeframe", "2m"),
        ({"timeframe": "1s"}, "timeframe", "1s"),
        ({"from_": None}, "from", "required"),
        ({"from_": "yesterday"}, "from", "integer"),
        ({"from_": -1}, "from", "0"),
        ({"from_": CLOSE, "to": CLOSE}, "from", "before to"),
        ({"to": 10**16}, "to", "less than"),
        ({"session": "night"}, "session", "night"),
        ({"indicators": "ema20,sma7"}, "indicators", "sma7 is unknown"),
        ({"indicator": "ema20"}, "indicator", "Unknown"),
    ],
)
def test_wrong_parameters_are_named_with_their_bound(
    trader: Client, params: dict[str, Any], attr: str, words: str
) -> None:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN, 3))
    query = {"symbol": "SPY", "from_": OPEN, "to": CLOSE, **params}
    answer = get_bars(trader, **{k: v for k, v in query.items() if v is not None})
    assert answer.status_code == 400, answer.content
    error = next(each for each in answer.json()["errors"] if each["attr"] == attr)
    assert words in error["detail"]


def test_a_range_may_begin_long_before_the_data(trader: Client) -> None:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN, 3))
    body = get_bars(trader, symbol="SPY", from_=0, to=4 * 10**12 // 2, indicators="vwap").json()
    assert [row[0] for row in body["bars"]] == [OPEN + i * MINUTE for i in range(3)]
    assert body["gaps"] == []


def test_an_unknown_symbol_is_a_404(trader: Client) -> None:
    answer = get_bars(trader, symbol="NOPE", from_=OPEN, to=CLOSE)
    assert answer.status_code == 404
    assert answer.json()["type"] == "client_error"


def test_too_many_bars_are_refused_with_the_bound(trader: Client) -> None:
    InstrumentFactory.create(symbol="X:BTCUSD", calendar="24/7")
    upsert_bars(symbol="X:BTCUSD", timeframe="1m", bars=minute_bars(OPEN, 50_001))
    query = {"symbol": "X:BTCUSD", "from_": OPEN - MINUTE}
    answer = get_bars(trader, **query, to=OPEN + 60_000 * MINUTE)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["attr"], error["code"]) == ("from", "max_value")
    assert "50000" in error["detail"]
    assert len(get_bars(trader, **query, to=OPEN + 50_000 * MINUTE).json()["bars"]) == 50_000
    assert get_bars(trader, **query, to=OPEN + 60_000 * MINUTE, timeframe="5m").status_code == 200
