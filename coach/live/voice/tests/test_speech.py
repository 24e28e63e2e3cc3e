"""What is said for a price, an alert, several alerts, an explanation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.live.voice.speech import (
    MOST_CHARACTERS,
    alert_sentence,
    best_first,
    price_words,
    rule_words,
    why_sentence,
)

MINUTE = 60_000
ALERT: dict[str, Any] = {
    "symbol": "SPY",
    "direction": "long",
    "ruleId": "ltp_breakout",
    "price": 512.34,
    "signalId": "S1",
    "ts": 1_000 * MINUTE,
    "confidence": 0.7,
    "why": "Closed 512.34, above the 20-bar high 512.21",
    "explain": {"text": "Confidence 70; helped by volume 2.1× its 20-bar mean."},
    "delivered": True,
    "governor": "v1",
    "numbers": {"minConfidence": 0.613},
    "reason": "confidence 0.70 ≥ 0.61",
}


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("512.34", "five twelve thirty-four"),
        ("505.05", "five oh five oh five"),
        ("600.00", "six hundred even"),
        ("98.70", "ninety-eight seventy"),
        ("1000.25", "one thousand twenty-five"),
        ("4512.25", "forty-five twelve twenty-five"),
        ("65432.10", "sixty-five thousand four thirty-two ten"),
        ("100000.00", "one hundred thousand even"),
        ("0.85", "zero point eight five"),
        ("1.2345", "one point two three four five"),
        ("512", "five twelve"),
    ],
)
def test_prices_as_traders_say_them(digits: str, words: str) -> None:
    assert price_words(digits) == words


@given(st.integers(0, 9_999_999), st.integers(0, 99))
def test_every_price_has_words_and_no_two_neighbours_the_same(whole: int, cents: int) -> None:
    words = price_words(f"{whole}.{cents:02d}")
    assert words == " ".join(words.split())
    assert not any(character.isdigit() for character in words)
    assert words != price_words(f"{whole}.{(cents + 1) % 100:02d}")
    assert words != price_words(f"{whole + 1 if whole < 9_999_999 else 0}.{cents:02d}")


def test_an_alert_in_one_sentence() -> None:
    sentence = alert_sentence(ALERT, tick=0.01, others=0, bar_ms=MINUTE)
    assert sentence.text == "SPY long, breakout, five twelve thirty-four"
    assert sentence.caption == "SPY long, breakout, 512.34"
    assert sentence.stale_after_ms == 1_002 * MINUTE
    several = alert_sentence(ALERT, tick=0.01, others=2, bar_ms=MINUTE)
    assert several.text.endswith("thirty-four, and two more")


def test_a_rule_is_named_as_within_a_sentence() -> None:
    assert rule_words("ema_cross") == "EMA cross"
    assert rule_words("vwap_reclaim") == "VWAP reclaim"
    assert rule_words("prior_day_break") == "prior day break"
    assert rule_words("one_that_is_gone") == "one that is gone"


def test_the_most_confident_comes_first_and_ties_are_settled() -> None:
    low, high = ALERT | {"confidence": 0.5, "symbol": "A"}, ALERT | {"symbol": "Z"}
    assert best_first([low, high, ALERT]) == [ALERT, high, low]


def test_an_explanation_says_prices_and_has_an_end() -> None:
    sentence = why_sentence(ALERT)
    assert sentence.caption.startswith("SPY long, breakout. Closed 512.34, above")
    assert "Closed five twelve thirty-four, above the 20-bar high five twelve" in sentence.text
    assert sentence.caption.endswith("volume 2.1× its 20-bar mean. The gate was 61.")
    assert "volume two point one times its 20-bar mean" in sentence.text
    assert "gate" not in why_sentence(ALERT | {"governor": "v2"}).caption
    held = {"delivered": False, "reason": "confidence 0.55 < 0.61 (score −0.13)"}
    told = why_sentence(ALERT | held).caption
    assert told.endswith("Held back: confidence 0.55 below 0.61 (score minus 0.13).")
    cooldown = why_sentence(ALERT | {"delivered": False, "reason": "cooldown 22 min: 15 × 1.45"})
    assert cooldown.caption.endswith("cooldown 22 min: 15 times 1.45.")
    long = why_sentence(ALERT | {"why": "many words " * 200})
    assert len(long.caption) <= MOST_CHARACTERS
