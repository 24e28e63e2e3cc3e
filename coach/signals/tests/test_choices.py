"""The watchlist and the rules over HTTP: what a user chooses, and what is refused."""

from typing import Any

import jsonschema
import pytest
from django.test import Client

from coach.engine.registry import RULES
from coach.market.services import ensure_instrument
from coach.signals.selectors import rule_choices, watchers_of
from coach.signals.tests.factories import trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> Any:
    for symbol in ("SPY", "AAPL", "X:BTCUSD"):
        ensure_instrument(symbol=symbol)
    return trader()


@pytest.fixture
def client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def put(client: Client, path: str, body: object) -> Any:
    return client.put(path, body, content_type="application/json")


def attrs(answer: Any) -> list[str | None]:
    assert answer.status_code == 400
    return [error["attr"] for error in answer.json()["errors"]]


def test_who_never_chose_watches_everything(client: Client) -> None:
    assert client.get("/api/watchlist").json() == {"symbols": ["AAPL", "SPY", "X:BTCUSD"]}


def test_the_watchlist_keeps_the_users_order(client: Client, user: Any) -> None:
    answer = put(client, "/api/watchlist", {"symbols": ["X:BTCUSD", "AAPL"]})
    assert answer.status_code == 200
    assert answer.json() == client.get("/api/watchlist").json() == {"symbols": ["X:BTCUSD", "AAPL"]}
    assert watchers_of(["SPY", "AAPL"]) == {"SPY": [], "AAPL": [user.pk]}


def test_a_watchlist_may_be_empty(client: Client) -> None:
    put(client, "/api/watchlist", {"symbols": []})
    assert client.get("/api/watchlist").json() == {"symbols": []}


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({}, "symbols"),
        ({"symbols": "SPY"}, "symbols"),
        ({"symbols": None}, "symbols"),
        ({"symbols": ["SPY", "NOPE"]}, "symbols.1"),
        ({"symbols": ["SPY", "spy"]}, "symbols.1"),
        ({"symbols": ["SPY", "SPY"]}, "symbols.1"),
        ({"symbols": ["X" * 21]}, "symbols.0"),
        ({"symbols": ["SPY\0"]}, "symbols.0"),
        ({"symbols": [{}]}, "symbols.0"),
        ({"symbols": ["SPY"] * 501}, "symbols"),
        ({"symbols": ["SPY"], "symbol": "AAPL"}, "symbol"),
    ],
)
def test_a_bad_watchlist_names_the_symbol_and_changes_nothing(
    client: Client, body: object, attr: str
) -> None:
    put(client, "/api/watchlist", {"symbols": ["AAPL"]})
    assert attrs(put(client, "/api/watchlist", body)) == [attr]
    assert client.get("/api/watchlist").json() == {"symbols": ["AAPL"]}


def test_rules_carry_a_schema_that_their_defaults_pass(client: Client) -> None:
    rules = client.get("/api/rules").json()
    assert [rule["ruleId"] for rule in rules] == list(RULES)
    for rule in rules:
        assert set(rule) == {"ruleId", "version", "title", "description", "params"}
        jsonschema.Draft202012Validator.check_schema(rule["params"])
        defaults = {name: each["default"] for name, each in rule["params"]["properties"].items()}
        jsonschema.validate(defaults, rule["params"])


def test_a_rule_is_on_until_chosen_otherwise(client: Client, user: Any) -> None:
    path = "/api/rules/ema_cross/settings"
    on = {"ruleId": "ema_cross", "mode": "on", "mutedUntil": None}
    assert client.get(path).json() == on
    answer = put(client, path, {"mode": "silent", "mutedUntil": "2025-03-03T21:00:00Z"})
    assert answer.status_code == 200
    assert answer.json() == client.get(path).json()
    assert answer.json()["mode"] == "silent"
    assert rule_choices([user.pk])[user.pk, "ema_cross"].mode == "silent"
    everything = client.get("/api/rules/settings").json()
    assert [each["ruleId"] for each in everything] == list(RULES)
    assert {each["ruleId"]: each["mode"] for each in everything}["ema_cross"] == "silent"
    assert put(client, path, {"mode": "on"}).json() == on


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({}, "mode"),
        ({"mode": "loud"}, "mode"),
        ({"mode": "on", "mutedUntil": "soon"}, "mutedUntil"),
        ({"mode": "on", "mutedUntil": 10**30}, "mutedUntil"),
        ({"mode": "on", "muted": None}, "muted"),
    ],
)
def test_a_bad_choice_names_the_field(client: Client, body: object, attr: str) -> None:
    assert attrs(put(client, "/api/rules/ema_cross/settings", body)) == [attr]


@pytest.mark.parametrize("rule", ["nope", "EMA_CROSS", "a" * 500])
def test_a_rule_that_does_not_exist_is_not_found(client: Client, rule: str) -> None:
    for answer in (
        client.get(f"/api/rules/{rule}/settings"),
        put(client, f"/api/rules/{rule}/settings", {"mode": "on"}),
    ):
        assert answer.status_code == 404


def test_choices_are_the_users_own(client: Client) -> None:
    put(client, "/api/watchlist", {"symbols": ["SPY"]})
    put(client, "/api/rules/ema_cross/settings", {"mode": "off"})
    other = Client()
    other.force_login(trader())
    assert other.get("/api/watchlist").json() == {"symbols": ["AAPL", "SPY", "X:BTCUSD"]}
    assert other.get("/api/rules/ema_cross/settings").json()["mode"] == "on"
