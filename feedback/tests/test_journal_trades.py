"""Trades over HTTP: by hand and from an alert, their R and excursions, who sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from coach.accounts.models import User
from coach.market.barcache import upsert_bars
from coach.market.tests.factories import InstrumentFactory, minute_bars
from coach.signals.tests.factories import OPEN_MS, trader
from feedback.models import Trade
from feedback.tests.factories import decided

pytestmark = pytest.mark.django_db
JSON = "application/json"
TRADES = "/api/journal/trades"
LONG: dict[str, Any] = {
    "symbol": "SPY",
    "side": "long",
    "quantity": 100,
    "entryTime": "2025-03-03T14:31:00Z",
    "entryPrice": 100.0,
    "exitTime": "2025-03-03T14:41:00Z",
    "exitPrice": 101.5,
    "stop": 99.0,
    "fees": 10.0,
}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, **changes: Any) -> Any:
    body = {name: value for name, value in (LONG | changes).items() if value is not ...}
    return client.post(TRADES, body, content_type=JSON)


def patch(client: Client, trade_id: str, **change: Any) -> Any:
    return client.patch(f"{TRADES}/{trade_id}", change, content_type=JSON)


def blamed(answer: Any) -> set[str]:
    assert answer.status_code == 400, answer.content
    assert answer.json()["type"] == "validation_error"
    return {error["attr"] for error in answer.json()["errors"]}


def test_a_trade_by_hand_has_its_r_after_fees() -> None:
    answer = post(client_of(trader()))
    assert answer.status_code == 201, answer.content
    trade = answer.json()
    assert trade["unit"] == 1.0
    assert trade["pnl"] == pytest.approx(140)
    assert trade["r"] == pytest.approx(1.4)
    assert (trade["open"], trade["planned"], trade["source"]) == (False, False, "manual")
    assert trade["sessionDate"] == "2025-03-03"
    assert (trade["mfe"], trade["mae"]) == (None, None), "no bars of SPY are known"


def test_a_short_loses_when_the_price_rises() -> None:
    trade = post(client_of(trader()), side="short", stop=100.5, fees=0).json()
    assert trade["r"] == pytest.approx(-3)


def test_without_a_stop_there_is_money_but_no_r() -> None:
    trade = post(client_of(trader()), stop=None).json()
    assert (trade["unit"], trade["r"]) == (None, None)
    assert trade["pnl"] == pytest.approx(140)


def test_excursions_come_from_the_minutes_inside_the_trade() -> None:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN_MS, 60))
    client = client_of(trader())
    # Entered half way through 14:31 and left half way through 14:41: 14:32 … 14:40 count.
    trade = post(
        client,
        entryTime="2025-03-03T14:31:30Z",
        exitTime="2025-03-03T14:41:30Z",
        exitPrice=100.05,
        entryPrice=100.03,
        stop=99.03,
    ).json()
    assert trade["mfe"] == pytest.approx(100.12 - 100.03)
    assert trade["mae"] == pytest.approx(100.03 - 100.00)


def test_bars_that_come_after_the_trade_was_told_still_give_its_excursions() -> None:
    client = client_of(trader())
    assert post(client).json()["mfe"] is None
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN_MS, 60))
    [trade] = client.get(TRADES).json()["results"]
    assert trade["mfe"] == pytest.approx(1.5)


def test_one_click_on_an_alert_takes_its_levels() -> None:
    user = trader()
    signal = decided(user.pk)
    body = {"signalId": signal.id, "quantity": 50}
    answer = client_of(user).post(TRADES, body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    trade = answer.json()
    assert (trade["symbol"], trade["side"], trade["ruleId"]) == ("SPY", "long", "ltp_breakout")
    assert trade["entryPrice"] == pytest.approx(512.34)
    assert trade["stop"] == pytest.approx(512.34 - 0.4)
    assert trade["unit"] == pytest.approx(0.4)
    assert (trade["planned"], trade["open"], trade["source"]) == (True, True, "alert")
    assert trade["regime"] == "trend"


def test_an_alert_is_taken_once() -> None:
    user = trader()
    signal = decided(user.pk)
    client = client_of(user)
    body = {"signalId": signal.id, "quantity": 50}
    first = client.post(TRADES, body, content_type=JSON).json()
    again = client.post(TRADES, body, content_type=JSON)
    assert again.status_code == 409
    assert again.json()["errors"][0]["attr"] == "signalId"
    assert first["id"] in again.json()["errors"][0]["detail"]
    client.delete(f"{TRADES}/{first['id']}")
    assert client.post(TRADES, body, content_type=JSON).status_code == 201
    restored = patch(client, first["id"], deleted=False)
    assert restored.status_code == 409, "the alert has another trade by now"


def test_anothers_alert_is_no_alert() -> None:
    signal = decided(trader().pk)
    answer = post(client_of(trader()), signalId=signal.id)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["attr"] == "signalId"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"exitTime": "2025-03-03T14:30:00Z"}, "exitTime"),
        ({"exitTime": None}, "exitTime"),
        ({"exitPrice": None}, "exitPrice"),
        ({"entryPrice": 0}, "entryPrice"),
        ({"entryPrice": 1e300}, "entryPrice"),
        ({"quantity": -5}, "quantity"),
        ({"stop": 100.5}, "stop"),
        ({"stop": 100.0}, "stop"),
        ({"side": "short"}, "stop"),
        ({"side": "up"}, "side"),
        ({"symbol": "spy 500"}, "symbol"),
        ({"symbol": ...}, "symbol"),
        ({"fees": 1e12}, "fees"),
        ({"tags": ["a|b"]}, "tags.0"),
        ({"tags": [str(n) for n in range(11)]}, "tags"),
        ({"notes": "x" * 2001}, "notes"),
        ({"entryTime": "1885-01-01T00:00:00Z", "exitTime": None, "exitPrice": None}, "entryTime"),
        ({"entryTime": "2049-06-01T00:00:00Z", "exitTime": None, "exitPrice": None}, "entryTime"),
        ({"when": 1}, "when"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_field(
    changes: dict[str, Any], field: str
) -> None:
    assert blamed(post(client_of(trader()), **changes)) == {field}
    assert not Trade.objects.exists()


def test_a_refusal_writes_its_bounds_out() -> None:
    answer = post(client_of(trader()), quantity=0, fees=-20_000_000.5)
    details = {error["attr"]: error["detail"] for error in answer.json()["errors"]}
    assert details == {
        "quantity": "must be above 0 and at most 1\u202f000\u202f000\u202f000, not 0",
        "fees": "must be from -10\u202f000\u202f000 to 10\u202f000\u202f000, "
        "not -20\u202f000\u202f000.5",
    }


def test_a_trade_the_other_way_is_not_the_alerts() -> None:
    user = trader()
    signal = decided(user.pk)
    answer = post(client_of(user), signalId=signal.id, side="short", stop=101)
    assert blamed(answer) == {"side"}


def test_a_change_keeps_the_rest_and_counts_afresh() -> None:
    client = client_of(trader())
    trade = post(client).json()
    changed = patch(client, trade["id"], stop=98.0, tags=["opening", "trend", "opening"]).json()
    assert changed["r"] == pytest.approx(0.7)
    assert changed["tags"] == ["opening", "trend"]
    assert changed["entryPrice"] == trade["entryPrice"]
    assert blamed(patch(client, trade["id"], exitTime="2025-03-03T14:00:00Z")) == {"exitTime"}
    assert blamed(patch(client, trade["id"], deleted=True)) == {"deleted"}
    assert blamed(patch(client, trade["id"], deleted=False, notes="x")) == {"deleted"}


def test_a_deleted_trade_is_gone_until_it_is_restored() -> None:
    client = client_of(trader())
    trade_id = post(client).json()["id"]
    for _ in range(2):
        assert client.delete(f"{TRADES}/{trade_id}").status_code == 204
    assert client.get(TRADES).json()["results"] == []
    assert patch(client, trade_id, notes="x").status_code == 404
    assert patch(client, trade_id, deleted=False).status_code == 200
    assert [trade["id"] for trade in client.get(TRADES).json()["results"]] == [trade_id]


def test_a_user_sees_and_touches_his_own_trades_alone() -> None:
    owner, other = client_of(trader()), client_of(trader())
    trade_id = post(owner).json()["id"]
    assert other.get(TRADES).json()["results"] == []
    assert patch(other, trade_id, notes="mine").status_code == 404
    assert other.delete(f"{TRADES}/{trade_id}").status_code == 404
    assert len(owner.get(TRADES).json()["results"]) == 1


def test_filters_and_search() -> None:
    user = trader()
    client = client_of(user)
    signal = decided(user.pk)
    post(client, tags=["opening"], notes="chased the Gap")
    post(client, symbol="QQQ", entryTime="2025-03-04T14:31:00Z", exitTime=None, exitPrice=None)
    taken = {"signalId": signal.id, "entryTime": "2025-03-05T14:31:00Z", "quantity": 1}
    client.post(TRADES, taken, content_type=JSON)

    def found(query: str) -> list[str]:
        page = client.get(f"{TRADES}?{query}")
        assert page.status_code == 200, page.content
        return [
            f"{trade['symbol']} {trade['sessionDate'][-2:]}" for trade in page.json()["results"]
        ]

    assert found("") == ["SPY 05", "QQQ 04", "SPY 03"]
    assert found("symbol=SPY") == ["SPY 05", "SPY 03"]
    assert found("tag=opening") == ["SPY 03"]
    assert found("tag=open") == []
    assert found("q=gap") == ["SPY 03"]
    assert found("ruleId=ltp_breakout") == ["SPY 05"]
    assert found("ruleId=none") == ["QQQ 04", "SPY 03"]
    assert found("planned=true") == ["SPY 05"]
    assert found("closed=true") == ["SPY 03"]
    assert found(f"from={OPEN_MS + 86_400_000}") == ["SPY 05", "QQQ 04"]
    assert found(f"signalId={signal.id}") == ["SPY 05"]
    assert client.get(f"{TRADES}?colour=red").status_code == 400


def test_an_open_trades_excursions_are_those_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN_MS, 60))
    user = trader()
    signal = decided(user.pk)
    now = signal.fired_at + timedelta(minutes=10)
    monkeypatch.setattr("feedback.journal.views.market_now", lambda: now)
    client = client_of(user)
    body = {"signalId": signal.id, "quantity": 1, "entryTime": signal.fired_at.isoformat()}
    body |= {"entryPrice": 100.0, "stop": 99.0}
    trade = client.post(TRADES, body, content_type=JSON).json()
    assert trade["open"]
    assert trade["mfe"] == pytest.approx(0.12), "the bar of 14:40 has its high at 100.12"
