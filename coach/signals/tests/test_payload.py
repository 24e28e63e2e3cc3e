"""An alert's JSON: prices in words, levels from entry and ATR, the confidence taken apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from coach.engine.registry import RULES
from coach.signals.payload import alert_json
from coach.signals.records import DecisionRow, OutcomeUpdate
from coach.signals.selectors import get_decisions
from coach.signals.services import record_moment, save_outcomes
from coach.signals.tests.factories import fired_signal, new_decision, trader
from coach.signals.why import decimals_of

pytestmark = pytest.mark.django_db


def decided(**changes: Any) -> DecisionRow:
    fired = fired_signal(**changes)
    with transaction.atomic():
        recorded = record_moment(fired=[fired], decisions=[new_decision(trader().pk, fired.key)])
    return get_decisions(recorded.new_decision_ids)[recorded.new_decision_ids[0]]


def payload(decision: DecisionRow, **changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"label": None, "explain_v2": False, "tick": 0.01}
    return alert_json(decision, **arguments | changes)


def test_the_rule_says_why_in_prices() -> None:
    assert payload(decided())["why"] == "Closed 512.34, above the 20-bar high 512.21"
    short = decided(rule_id="vwap_reclaim", direction="short", price=511.9)
    assert payload(short)["why"] == (
        "Closed 511.90, back below VWAP 512.21 after 3 or more closes above"
    )


def test_a_level_within_a_tick_shows_on_which_side_it_lies() -> None:
    assert payload(decided(level=512.338))["why"].endswith("high 512.338")
    assert payload(decided(symbol="X:BTC", price=64001.0, level=63999.6), tick=1)["why"].endswith(
        "high 64000"
    )


@pytest.mark.parametrize("rule_id", RULES)
@pytest.mark.parametrize("direction", ["long", "short"])
def test_every_rule_has_its_sentence(rule_id: str, direction: str) -> None:
    text = payload(decided(rule_id=rule_id, direction=direction))["why"]
    assert "512.21" in text
    assert "{" not in text


def test_levels_are_provisional_until_the_next_open_fills_the_entry() -> None:
    decision = decided(direction="short", price=100.0, atr=2.0)
    assert payload(decision)["levels"] == {
        "entry": 100.0,
        "entryState": "provisional",
        "stop": 102.0,
        "target": 97.0,
        "reference": 512.21,
        "unit": 2.0,
    }
    with transaction.atomic():
        save_outcomes(
            updates=[OutcomeUpdate(signal_id=decision.signal.id, state="open", entry=99.5)]
        )
    filled = payload(get_decisions([decision.id])[decision.id])["levels"]
    assert (filled["entry"], filled["entryState"]) == (99.5, "filled")
    assert (filled["stop"], filled["target"]) == (101.5, 96.5)


def test_the_confidence_is_explained_in_words_and_by_flag_in_points() -> None:
    decision = decided()
    v1 = payload(decision)["explain"]
    assert v1["version"] == "v1"
    assert v1["contributions"] == []
    assert v1["text"] == (
        "Confidence 84; helped by volume 2.0× its 20-bar mean, a straight last 20 bars (ER 0.45), "
        "EMA20 rising, a close 0.9 ATR on the right side of VWAP, "
        "a close 0.40 ATR beyond the level."
    )
    v2 = payload(decision, explain_v2=True)["explain"]
    assert v2["base"] + sum(part["points"] for part in v2["contributions"]) == pytest.approx(
        84.2993322
    )
    assert [part["feature"] for part in v2["contributions"]][:2] == ["dist", "late"]


def test_it_carries_the_numbers_the_label_and_the_outcome() -> None:
    decision = decided(origin="scan")
    label = {"id": "x", "label": "good", "notes": "", "outcomeKnown": False}
    json = payload(decision, label=label)
    assert (json["n"], json["prevN"]) == (1, 0)
    assert json["label"] == label
    assert json["demo"] is True
    assert json["outcome"]["state"] == "pending"
    assert json["decidedAt"] == datetime(2025, 3, 3, 14, 31, tzinfo=UTC).isoformat()


@pytest.mark.parametrize(("tick", "decimals"), [(0.01, 2), (0.25, 2), (1, 0), (1e-05, 5), (5, 0)])
def test_decimals_follow_the_tick(tick: float, decimals: int) -> None:
    assert decimals_of(tick) == decimals
