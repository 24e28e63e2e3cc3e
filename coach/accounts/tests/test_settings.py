"""Settings: whole with defaults, changed key by key, refused by name."""

from typing import Any

import pytest
from django.test import Client

from coach.accounts.models import Settings, User
from coach.accounts.settings_schema import DEFAULT_KEYS

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("trader")


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def put(client: Client, body: object) -> Any:
    return client.put("/api/settings", body, content_type="application/json")


def test_a_new_user_has_every_default(client: Client) -> None:
    whole = client.get("/api/settings").json()
    assert list(whole) == ["display", "sounds", "keys", "voice", "delivery", "sizing", "tour"]
    assert whole["display"]["theme"] == "system"
    assert whole["display"]["indicators"] == ["ema20", "ema50", "vwap"]
    assert whole["keys"]["bindings"] == DEFAULT_KEYS


def test_only_what_is_named_changes(client: Client) -> None:
    before = client.get("/api/settings").json()
    put(client, {"display": {"theme": "light"}, "sounds": {"volume": 0.25}})
    answer = put(client, {"display": {"clock": "utc"}})
    assert answer.status_code == 200
    expected = {
        **before,
        "display": {**before["display"], "theme": "light", "clock": "utc"},
        "sounds": {**before["sounds"], "volume": 0.25},
    }
    assert answer.json() == client.get("/api/settings").json() == expected


def test_settings_are_the_users_own(client: Client) -> None:
    put(client, {"voice": {"enabled": True}})
    other = Client()
    other.force_login(User.objects.create_user("other"))
    assert other.get("/api/settings").json()["voice"]["enabled"] is False


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({"colour": {}}, "colour"),
        ({"display": {"colour": "red"}}, "display.colour"),
        ({"display": {"theme": "pink"}}, "display.theme"),
        ({"display": {"theme": None}}, "display.theme"),
        ({"display": {"indicators": ["ema20", "macd"]}}, "display.indicators.1"),
        ({"display": []}, "display.non_field_errors"),
        ({"sounds": {"volume": 1.01}}, "sounds.volume"),
        ({"sounds": {"volume": "loud"}}, "sounds.volume"),
        ({"voice": {"rate": 0.4}}, "voice.rate"),
        ({"keys": {"bindings": {"fly": "f"}}}, "keys.bindings"),
        ({"keys": {"bindings": {"undo": "t"}}}, "keys.bindings"),
        ({"keys": {"bindings": {"undo": "x" * 17}}}, "keys.bindings.undo"),
        ({"delivery": {"minConfidence": -0.1}}, "delivery.minConfidence"),
        ({"sizing": {"riskPerTrade": 0}}, "sizing.riskPerTrade"),
        ({"tour": {"done": ["dance"]}}, "tour.done.0"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(
    client: Client, body: dict[str, Any], attr: str
) -> None:
    answer = put(client, {"voice": {"enabled": True}, **body} if "voice" not in body else body)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    assert client.get("/api/settings").json()["voice"] == {
        "enabled": False,
        "volume": 0.8,
        "rate": 1.0,
        "bargeIn": False,
        "symbols": {},
    }


def test_a_key_bound_twice_names_both_actions(client: Client) -> None:
    answer = put(client, {"keys": {"bindings": {"undo": "t"}}})
    assert "undo" in answer.json()["errors"][0]["detail"]
    assert "tookIt" in answer.json()["errors"][0]["detail"]


def test_keys_can_be_swapped_and_switched_off(client: Client) -> None:
    bindings = {"undo": "t", "tookIt": "u", "note": "", "why": ""}
    answer = put(client, {"keys": {"singleKeys": False, "bindings": bindings}})
    assert answer.json()["keys"] == {
        "singleKeys": False,
        "bindings": {**DEFAULT_KEYS, **bindings},
    }


def test_what_an_older_version_stored_and_no_longer_passes_has_its_default(
    client: Client, user: User
) -> None:
    stored = {"display": {"theme": "sepia", "clock": "utc", "gone": 1}, "removed": {}}
    Settings.objects.create(user=user, values=stored)
    whole = client.get("/api/settings").json()
    assert whole["display"]["theme"] == "system"
    assert whole["display"]["clock"] == "utc"
    assert "removed" not in whole


def test_the_first_steps_are_kept_in_order(client: Client) -> None:
    taken = {"done": ["label", "gate"], "dismissed": False}
    assert put(client, {"tour": taken}).json()["tour"] == taken
    assert client.get("/api/settings").json()["tour"] == taken
