"""Numbers in a gate's sentence: fixed decimals, clock times and durations (pure)."""

from datetime import UTC, datetime, tzinfo
from typing import Final

_MINUTE_MS: Final = 60_000
_MOST_DECIMALS: Final = 9


def fixed(value: float, decimals: int = 2) -> str:
    """``value`` with so many decimals, never "-0.00"."""
    return f"{value:z.{decimals}f}"


def compared(left: float, sign: str, right: float) -> str:
    """``left sign right`` with two decimals, or as many more as it takes to tell them apart."""
    decimals = 2
    while (
        left != right
        and decimals < _MOST_DECIMALS
        and fixed(left, decimals) == fixed(right, decimals)
    ):
        decimals += 1
    return f"{fixed(left, decimals)} {sign} {fixed(right, decimals)}"


def clock(at_ms: int, zone: tzinfo, *, seen_ms: int) -> str:
    """``HH:MM`` in the exchange's zone, rounded up to the minute: what it names is never too early.

    The weekday comes first when the day is not that of ``seen_ms``, the moment of reading.
    """
    rounded = -(-at_ms // _MINUTE_MS) * _MINUTE_MS
    at = datetime.fromtimestamp(rounded / 1000, UTC).astimezone(zone)
    seen = datetime.fromtimestamp(seen_ms / 1000, UTC).astimezone(zone)
    return at.strftime("%H:%M" if at.date() == seen.date() else "%a %H:%M")


def duration(milliseconds: int) -> str:
    """``1 h 5 min``, ``21 min 45 s``: whole seconds, parts that are 0 left out."""
    seconds = round(milliseconds / 1000)
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"
