"""A signal in words and prices (pure): why it fired, and what made its confidence."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from coach.engine.confidence import Contribution, explain
from coach.engine.layout import FEATURES
from coach.engine.registry import RULES
from coach.signals.records import SignalRow

MOST_EXTRA_DIGITS = 4
WORTH_A_WORD = 0.005
"""Contributions below half a point of confidence go unsaid."""


def decimals_of(tick: float) -> int:
    """Decimals that a price in steps of `tick` needs: 0.01 → 2, 0.25 → 2, 1 → 0."""
    exponent = Decimal(str(tick)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def price_texts(close: float, level: float, *, tick: float) -> tuple[str, str]:
    """A close by its tick size; a level with as many more digits as show on which side it lies."""
    decimals = decimals_of(tick)
    shown = f"{close:.{decimals}f}"
    for digits in range(decimals, decimals + MOST_EXTRA_DIGITS):
        text = f"{level:.{digits}f}"
        if float(text) != float(shown):
            return shown, text
    return shown, f"{level:.{decimals + MOST_EXTRA_DIGITS}f}"


def why(signal: SignalRow, *, tick: float) -> str:
    """The rule's own sentence, with its default parameters: live evaluates no others."""
    rule = RULES.get(signal.rule_id)
    close, level = price_texts(signal.price, signal.level, tick=tick)
    if rule is None:  # recorded by an engine that had this rule
        side = "above" if signal.direction == "long" else "below"
        return f"Closed {close}, {side} {level}"
    template = rule.why_long if signal.direction == "long" else rule.why_short
    return template.format(close=close, level=level, **rule.defaults)


def contributions(features: Mapping[str, float]) -> tuple[Contribution, ...]:
    """What each feature did to the confidence, in the order of the formula."""
    return explain([features[name] for name in FEATURES]).contributions


def confidence_text(signal: SignalRow) -> str:
    """What helped a confidence and what held it down, strongest first."""
    parts = sorted(contributions(signal.features), key=lambda part: -abs(part.points))
    told = [part for part in parts if abs(part.points) >= WORTH_A_WORD]
    helped = [_phrase(part, signal.direction) for part in told if part.points > 0]
    held = [_phrase(part, signal.direction) for part in told if part.points < 0]
    sentences = [f"Confidence {signal.confidence * 100:.0f}"]
    if helped:
        sentences.append("helped by " + ", ".join(helped))
    if held:
        sentences.append("held down by " + ", ".join(held))
    return "; ".join(sentences) + "."


def _phrase(part: Contribution, direction: str) -> str:
    good, value = part.points > 0, part.feature
    phrases = {
        "dist": f"a close {value:.2f} ATR beyond the level",
        "late": f"a move already {value + 1:.1f} ATR beyond the level",
        "rvol": f"volume {2**value:.1f}× its 20-bar mean",
        "slope": f"EMA20 {_heading(direction, with_it=good)}",
        "er": f"{'a straight' if good else 'a choppy'} last 20 bars (ER {value:.2f})",
        "vwap": f"a close {abs(value):.1f} ATR on the {'right' if good else 'wrong'} side of VWAP",
    }
    return phrases[part.name]


def _heading(direction: str, *, with_it: bool) -> str:
    return "rising" if (direction == "long") == with_it else "falling"
