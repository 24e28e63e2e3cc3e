"""Brokers' files: detected by header, previewed line by line, saved whole or not at all, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.accounts.models import User
from coach.signals.tests.factories import trader
from feedback.journal.errors import UnreadableFileError
from feedback.journal.formats.detection import FORMATS, detect
from feedback.journal.formats.reading import Fill
from feedback.journal.formats.round_trips import round_trips
from feedback.journal.formats.table import read_lines
from feedback.journal.formats.values import moment, number
from feedback.models import Trade
from feedback.tests.factories import decided

pytestmark = pytest.mark.django_db
EXPORTS = Path(__file__).parent / "exports"
JSON = "application/json"


def export(name: str) -> str:
    return (EXPORTS / f"{name}.csv").read_text(encoding="utf-8")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, text: str, **options: Any) -> Any:
    return client.post("/api/journal/import", {"csv": text, **options}, content_type=JSON)


def report(client: Client, text: str, **options: Any) -> dict[str, Any]:
    answer = send(client, text, **options)
    assert answer.status_code in {200, 201}, answer.content
    found: dict[str, Any] = answer.json()
    return found


def told(found: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["line"], row["status"]) for row in found["rows"]]


def brief(row: dict[str, Any]) -> tuple[Any, ...]:
    trade = row["trade"]
    names = ("symbol", "side", "quantity", "entryPrice", "exitPrice", "fees")
    return tuple(round(v, 6) if isinstance(v, float) else v for v in map(trade.get, names))


def test_a_flex_query_becomes_round_trips() -> None:
    found = report(client_of(trader()), export("ib_flex"))
    assert (found["format"], found["saved"]) == ("ib-flex", False)
    assert told(found) == [(2, "new"), (5, "left"), (6, "new"), (7, "new")]
    long, option, short, turned = found["rows"]
    assert brief(long) == ("SPY", "long", 200, 512.41, 513.01, 3.5)
    assert long["lines"] == [2, 3, 4]
    assert long["trade"]["entryTime"] == "2025-03-03T14:31:15+00:00", "New York's time"
    assert "asset class OPT" in option["note"]
    # 80 bought: 50 close the short with their share of the fee, 30 open a long.
    assert brief(short) == ("QQQ", "short", 50, 505, 506, 1.625)
    assert brief(turned) == ("QQQ", "long", 30, 506, None, 0.375)
    assert turned["trade"]["exitTime"] is None
    assert not Trade.objects.exists(), "a preview writes nothing"


def test_an_activity_statement_has_its_trades_among_other_sections() -> None:
    found = report(client_of(trader()), export("ib_activity"))
    assert found["format"] == "ib-activity"
    assert told(found) == [(6, "new"), (9, "left"), (12, "left")]
    assert brief(found["rows"][0]) == ("SPY", "long", 100, 512.4, 513.01, 2)
    assert "opened before the file begins" in found["rows"][1]["note"]
    assert "Forex" in found["rows"][2]["note"]


def test_a_thinkorswim_statement_lists_the_newest_first_in_its_own_zone() -> None:
    client = client_of(trader())
    found = report(client, export("thinkorswim"), timezone="America/Chicago")
    assert found["format"] == "thinkorswim"
    assert told(found) == [(9, "left"), (10, "left"), (11, "new"), (13, "left")]
    row = found["rows"][2]
    assert row["lines"] == [11, 12]
    assert brief(row) == ("SPY", "long", 100, 512.4, 513.01, 0)
    assert row["trade"]["entryTime"] == "2025-03-03T15:31:15+00:00"


def test_the_generic_format_carries_stops_tags_and_notes() -> None:
    client = client_of(trader())
    found = report(client, export("generic"), save=True)
    assert (found["format"], found["saved"]) == ("generic", True)
    assert [row["trade"]["r"] for row in found["rows"]] == [
        pytest.approx((0.6 - 0.02) / 0.4),
        pytest.approx(-1.02),
        None,
    ]
    trades = client.get("/api/journal/trades").json()["results"]
    assert [trade["symbol"] for trade in trades] == ["BRK.B", "QQQ", "SPY"]
    assert trades[2]["tags"] == ["opening", "gap"]
    assert trades[2]["notes"] == "held to the target"
    assert {trade["source"] for trade in trades} == {"import"}


@pytest.mark.parametrize("name", ["ib_flex", "ib_activity", "thinkorswim", "generic"])
def test_importing_a_file_again_changes_nothing(name: str) -> None:
    client = client_of(trader())
    first = report(client, export(name), save=True)
    kept = list(Trade.objects.order_by("pk").values())
    again = report(client, export(name), save=True)
    assert first["counts"]["new"] > 0
    assert again["counts"]["known"] == first["counts"]["new"]
    assert again["counts"]["new"] == again["counts"]["changed"] == 0
    assert list(Trade.objects.order_by("pk").values()) == kept


def test_a_longer_export_completes_what_was_open_and_keeps_what_the_trader_added() -> None:
    client = client_of(trader())
    lines = export("ib_activity").splitlines()
    opened = "\n".join(line for line in lines if "09:45:01" not in line)
    report(client, opened, save=True)
    [trade] = client.get("/api/journal/trades").json()["results"]
    assert trade["open"]
    change = {"stop": 512.0, "tags": ["gap"], "notes": "sized up"}
    client.patch(f"/api/journal/trades/{trade['id']}", change, content_type=JSON)
    found = report(client, export("ib_activity"), save=True)
    assert found["counts"]["changed"] == 1
    [closed] = client.get("/api/journal/trades").json()["results"]
    assert (closed["id"], closed["open"], closed["exitPrice"]) == (trade["id"], False, 513.01)
    assert (closed["stop"], closed["tags"], closed["notes"]) == (512.0, ["gap"], "sized up")
    assert closed["r"] == pytest.approx((0.61 - 0.02) / 0.4)


def test_what_the_trader_took_out_stays_out() -> None:
    client = client_of(trader())
    report(client, export("thinkorswim"), save=True)
    [trade] = client.get("/api/journal/trades").json()["results"]
    client.delete(f"/api/journal/trades/{trade['id']}")
    assert report(client, export("thinkorswim"), save=True)["counts"]["deleted"] == 1
    assert client.get("/api/journal/trades").json()["results"] == []


def test_two_users_import_the_same_file() -> None:
    one, two = client_of(trader()), client_of(trader())
    assert report(one, export("ib_flex"), save=True)["counts"]["new"] == 3
    assert report(two, export("ib_flex"), save=True)["counts"]["new"] == 3


def test_a_trade_is_joined_to_the_alert_it_was_taken_on() -> None:
    user = trader()
    signal = decided(user.pk)  # SPY long, fired at 14:31:00
    late = decided(user.pk, minute=-10)
    client = client_of(user)
    apart = report(client, export("ib_flex"), linkAlerts=False)
    assert apart["rows"][0]["trade"]["signalId"] is None
    found = report(client, export("ib_flex"), save=True)
    trade = found["rows"][0]["trade"]
    assert (trade["signalId"], trade["ruleId"]) == (signal.id, "ltp_breakout")
    assert trade["signalId"] != late.id
    assert trade["r"] == pytest.approx((0.60 * 200 - 3.5) / (200 * 0.4))
    kept = client.get(f"/api/journal/trades?signalId={signal.id}").json()["results"]
    assert [(one["planned"], one["regime"]) for one in kept] == [(True, "trend")]


def test_wrong_lines_are_named_and_nothing_is_saved() -> None:
    client = client_of(trader())
    text = export("generic").replace("2025-03-03 10:20:00", "2025-03-03 10:00:00")
    text = text.replace("BRK B,long,10", "BRK B,up,ten")
    preview = report(client, text)
    assert told(preview) == [(2, "new"), (3, "wrong"), (4, "wrong")]
    assert preview["rows"][1]["problems"][0]["field"] == "exitTime"
    assert preview["rows"][2]["problems"][0]["field"] == "side"
    refused = send(client, text, save=True)
    assert refused.status_code == 400
    attrs = {error["attr"] for error in refused.json()["errors"]}
    assert attrs == {"rows.3.exitTime", "rows.4.side"}
    assert not Trade.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("symbol,side,quantity,price\nSPY,long,1,2\n", "without its columns entryTime, entryPrice"),
        ("Symbol,DateTime,Quantity,TradePrice\nSPY,20250303;093000,1,2\n", "Buy/Sell"),
        ("a,b\n1,2\n", "nearest is"),
        ("   \n\n", "is empty"),
        ('symbol,side\n"never closed', "is no CSV"),
        ("a,b\n" * 20_001, "more than 20000 lines"),
    ],
)
def test_a_file_that_is_no_export_says_what_it_lacks(text: str, words: str) -> None:
    answer = send(client_of(trader()), text)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["attr"] == "csv"
    assert words in error["detail"]


def test_an_unknown_zone_is_refused() -> None:
    answer = send(client_of(trader()), export("generic"), timezone="Mars/Olympus")
    assert answer.json()["errors"][0]["attr"] == "timezone"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234.50", 1234.5), ("$12", 12), ("+100", 100), ("(3.20)", -3.2), (".5", 0.5)],
)
def test_numbers_as_brokers_write_them(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "~", "1e999", "nan", "1.2.3", "½", "0x10", "1_000", "--1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no number|too large"):
        number(text)


@pytest.mark.parametrize(
    "text",
    [
        "20250303;093115",
        "2025-03-03, 09:31:15",
        "3/3/25 09:31:15",
        "03/03/2025 09:31:15",
        "2025-03-03 09:31:15",
        "2025-03-03T14:31:15Z",
        "2025-03-03T09:31:15-05:00",
        "03/03/2025 09:31:15 EST",
    ],
)
def test_times_as_brokers_write_them(text: str) -> None:
    assert moment(text, ZoneInfo("America/New_York")).isoformat() == "2025-03-03T14:31:15+00:00"


HEADERS = [
    "id,symbol,side,quantity,entryTime,entryPrice,exitTime,exitPrice,stop,fees,tags,notes",
    "ClientAccountID,AssetClass,Symbol,DateTime,Quantity,TradePrice,IBCommission,Buy/Sell,IBExecID",
    "Trades,Header,DataDiscriminator,Asset Category,Symbol,Date/Time,Quantity,T. Price,Comm/Fee",
    ",Exec Time,Spread,Side,Qty,Pos Effect,Symbol,Exp,Strike,Type,Price,Net Price,Order Type",
]
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["SPY", "long", "BUY", "-100", "20250303;093115", "1e308", "STK", "nan", "Data"]
    ),
    st.from_regex(r"\A[0-9/:; .,+-]{1,20}\Z"),
)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    head=st.sampled_from(HEADERS),
    rows=st.lists(st.lists(CELLS, max_size=14), max_size=6),
    glue=st.sampled_from([",", ",", ";", "\t"]),
)
def test_hostile_lines_are_read_or_refused_and_never_fail(
    head: str, rows: list[list[str]], glue: str
) -> None:
    text = "\n".join([head, *(glue.join(row) for row in rows)])
    client = client_of(trader())
    answer = send(client, text)
    assert answer.status_code in {200, 400}, answer.content
    if answer.status_code == 200:
        found = answer.json()
        assert sum(found["counts"].values()) == len(found["rows"])
        saved = send(client, text, save=True)
        assert saved.status_code == (400 if found["counts"]["wrong"] else 201)
        assert Trade.objects.count() >= (saved.status_code == 201) * found["counts"]["new"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_refusal(raw: bytes) -> None:
    try:
        format_, table = detect(read_lines(raw.decode("latin-1")))
    except UnreadableFileError:
        return
    assert format_ in FORMATS
    assert table.columns


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 500)), min_size=1, max_size=30))
def test_round_trips_lose_no_share_and_pay_every_fee(sides: list[tuple[bool, int]]) -> None:
    start = datetime(2025, 3, 3, 14, 30, tzinfo=UTC)
    fills = [
        Fill(
            line=n,
            symbol="SPY",
            side=1 if bought else -1,
            quantity=float(quantity),
            price=100.0 + n,
            fee=1.0,
            at=start + timedelta(seconds=n),
        )
        for n, (bought, quantity) in enumerate(sides)
    ]
    drafts, left = round_trips(fills, format_id="test")
    assert left == []
    assert len({draft.key for draft in drafts}) == len(drafts)
    assert sum(draft.facts.fees for draft in drafts) == pytest.approx(len(fills))
    closed = [draft for draft in drafts if draft.facts.exit_ts is not None]
    assert len(drafts) - len(closed) == (sum(f.side * f.quantity for f in fills) != 0)
    if len(closed) == len(drafts):
        cash = sum(-fill.side * fill.quantity * fill.price for fill in fills)
        made = sum(
            (1 if d.facts.side == "long" else -1)
            * ((d.facts.exit_price or 0) - d.facts.entry_price)
            * d.facts.quantity
            for d in closed
        )
        assert made == pytest.approx(cash)
