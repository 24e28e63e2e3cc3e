"""What the coach says (pure): alerts and explanations as sentences for the ear and for the eye."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coach.engine.registry import RULES
from coach.signals.why import decimals_of

Kind = Literal["alert", "why", "answer", "sample"]

ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
LARGEST = 10_000_000
PRICE = re.compile(r"\b\d+\.\d+\b")
SIGNS = {
    "≥": "at least",
    "≤": "at most",
    "<": "below",
    ">": "above",
    "−": "minus ",
    " × ": " times ",
    "×": " times",
}
MOST_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Sentence:
    """One utterance. `text` is what is said, `caption` the same with prices in digits."""

    kind: Kind
    text: str
    caption: str
    signal_id: str | None = None
    stale_after_ms: float | None = None
    """Market time after which it is better left unsaid; None: never."""


def alert_sentence(alert: Mapping[str, Any], *, tick: float, others: int, bar_ms: int) -> Sentence:
    """ "SPY long, breakout, five twelve thirty-four", and how many more fired on the same close.

    Args:
        alert: as in `GET /api/alerts`.
        tick: the instrument's tick size.
        bar_ms: length of the alert's bar: a bar after its close it is old.
    """
    digits = f"{alert['price']:.{decimals_of(tick)}f}"
    lead = f"{alert['symbol']} {alert['direction']}, {rule_words(alert['ruleId'])}, "
    rest = f", and {count_words(others)} more" if others else ""
    return Sentence(
        kind="alert",
        text=lead + price_words(digits) + rest,
        caption=lead + digits + rest,
        signal_id=alert["signalId"],
        stale_after_ms=alert["ts"] + 2 * bar_ms,
    )


def why_sentence(alert: Mapping[str, Any]) -> Sentence:
    """Why it fired, how sure the coach is and what the gate said."""
    head = f"{alert['symbol']} {alert['direction']}, {rule_words(alert['ruleId'])}"
    parts = [head, alert["why"], alert["explain"]["text"], gate_words(alert)]
    caption = " ".join(f"{part.strip().rstrip('.')}." for part in parts if part.strip())
    if len(caption) > MOST_CHARACTERS:
        caption = caption[: MOST_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
    return Sentence("why", in_words(with_words(caption)), caption, signal_id=alert["signalId"])


def gate_words(alert: Mapping[str, Any]) -> str:
    """What the gate said: its number for one that passed, else the reason in words."""
    gate = alert["numbers"].get("minConfidence")
    if alert["delivered"]:
        told = gate is not None and alert["governor"] == "v1"  # V2's gate is an expected value
        return f"The gate was {gate * 100:.0f}" if told else ""
    return f"Held back: {in_words(alert['reason'])}"


def in_words(text: str) -> str:
    """A sentence without signs that a synthesizer would leave out or spell."""
    for sign, words in SIGNS.items():
        text = text.replace(sign, words)
    return text


def answer(caption: str) -> Sentence:
    """What came of a command; shown, not said."""
    return Sentence("answer", caption, caption)


SAMPLE = Sentence(
    "sample", "SPY long, breakout, five twelve thirty-four", "SPY long, breakout, 512.34"
)


def best_first(alerts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The most confident first; among equals the first of the alphabet, so that it is always the
    same one."""
    return sorted(alerts, key=lambda alert: (-alert["confidence"], alert["symbol"]))


def rule_words(rule_id: str) -> str:
    """A rule's title within a sentence: "LTP breakout" → "breakout", "EMA cross" stays."""
    rule = RULES.get(rule_id)
    title = rule.title if rule else rule_id.replace("_", " ")
    title = title.removeprefix("LTP ")
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def with_words(text: str) -> str:
    """Prices in a text as they are spoken; whole numbers are left to the synthesizer."""
    return PRICE.sub(lambda found: price_words(found[0]), text)


def price_words(digits: str) -> str:
    """A price as a trader says it.

    >>> price_words("512.34"), price_words("505.05"), price_words("600.00")
    ('five twelve thirty-four', 'five oh five oh five', 'six hundred even')
    """
    whole, _, decimals = digits.partition(".")
    head = whole_words(int(whole))
    if not decimals:
        return head
    if len(decimals) != 2 or int(whole) == 0:
        return f"{head} point {' '.join(ONES[int(digit)] for digit in decimals)}"
    return f"{head} {'even' if decimals == '00' else pair_words(int(decimals))}"


def whole_words(number: int) -> str:
    """A whole number in pairs from the right, as prices are said: 512 → "five twelve"."""
    if number < 100:
        return count_words(number)
    if number >= LARGEST:
        return str(number)
    if number >= 10_000:
        thousands, rest = divmod(number, 1_000)
        tail = f" {whole_words(rest)}" if rest else ""
        return f"{whole_words(thousands)} thousand{tail}"
    hundreds, rest = divmod(number, 100)
    if rest:
        return f"{count_words(hundreds)} {pair_words(rest)}"
    if hundreds % 10 == 0:
        return f"{count_words(hundreds // 10)} thousand"
    return f"{count_words(hundreds)} hundred"


def pair_words(number: int) -> str:
    """Two digits after others: 5 → "oh five"."""
    return f"oh {ONES[number]}" if number < 10 else count_words(number)


def count_words(number: int) -> str:
    """0 to 99 in words."""
    if number >= 100:
        return str(number)
    if number < 20:
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens] + (f"-{ONES[ones]}" if ones else "")
