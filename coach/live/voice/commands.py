"""What a trader may type or say (pure): good, bad, late, "mute SPY 10 minutes", "why?"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeGuard, get_args

LabelName = Literal["good", "bad", "late", "missed"]
SYMBOL = re.compile(r"[A-Z0-9.:_-]{1,20}")
MOST_MINUTES = 1_440
DEFAULT_MINUTES = 30
HELP = 'Say good, bad, late, missed, "mute SPY 10 minutes", "unmute SPY" or why.'
MUTE = re.compile(
    r"(?P<un>un)?mute\s+(?P<symbol>[a-z0-9.:_-]+(?:\s[a-z])*?)"
    r"(?:\s+(?:for\s+)?(?P<minutes>\d{1,5}|[a-z]+)\s*(?:m|min|mins|minutes?|(?P<hours>h|hours?)))?"
)
NUMBERS = {
    **dict.fromkeys(("a", "an", "one"), 1),
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "sixty": 60,
    "ninety": 90,
}


class CommandError(ValueError):
    """Not a command; says what would be one."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Leave a symbol unsaid for so many minutes of the wall clock; 0: say it again.

    Raises:
        ValueError: that is no symbol.
    """

    symbol: str
    minutes: int

    def __post_init__(self) -> None:
        if not SYMBOL.fullmatch(self.symbol):
            raise ValueError(f"Not a symbol ({SYMBOL.pattern}).")


@dataclass(frozen=True, slots=True)
class Label:
    """A label; without a signal it is for the one spoken last."""

    label: LabelName
    signal_id: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """Explain the one spoken last."""


def is_label(text: str) -> TypeGuard[LabelName]:
    """Whether this is a label's name."""
    return text in get_args(LabelName)


def parse_command(text: str) -> Label | Mute | Why:
    """The command in a line that was typed or recognised.

    Raises:
        CommandError: it is none, or a number is out of bounds.
    """
    said = " ".join(re.sub(r"[?!,]|\.(?=\s|$)", " ", text.lower()).split())
    said = said.removeprefix("coach ").removeprefix("please ")
    if is_label(said):
        return Label(said, None)
    if said in {"why", "explain", "why that", "tell me why"}:
        return Why()
    if found := MUTE.fullmatch(said):
        return _mute(found)
    raise CommandError(HELP)


def _mute(found: re.Match[str]) -> Mute:
    symbol = found["symbol"].replace(" ", "").upper()
    if found["un"]:
        if found["minutes"]:
            raise CommandError(HELP)
        return Mute(symbol, 0)
    minutes = _minutes(found["minutes"]) * (60 if found["hours"] else 1)
    if not 1 <= minutes <= MOST_MINUTES:
        raise CommandError(f"Mute for 1 to {MOST_MINUTES} minutes.")
    try:
        return Mute(symbol, minutes)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _minutes(text: str | None) -> int:
    if text is None:
        return DEFAULT_MINUTES
    if text.isdigit():
        return int(text)
    if text not in NUMBERS:
        raise CommandError(HELP)
    return NUMBERS[text]
