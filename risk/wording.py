"""Numbers in a gate's sentence: fixed decimals, clock times and durations (pure)."""

from datetime import datetime, tzinfo
from typing import Final

_MINUTE_S: Final = 60
_MINUTE_MS: Final = 60_000
# Not strftime("%a"): that speaks the language of the process's locale.
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_DECIMALS: Final = 9


def fixed(value: float, decimals: int = 2) -> str:
    """``value`` with so many decimals, never "-0.00"."""
    return f"{value:z.{decimals}f}"


def compared(left: float, sign: str, right: float) -> str:
    """``left sign right`` with two decimals, or as many more as it takes to tell them apart."""
    for decimals in range(2, _MOST_DECIMALS + 1):
        first, second = fixed(left, decimals), fixed(right, decimals)
        if first != second or left == right:
            break
    return f"{first} {sign} {second}"


def clock(at_ms: int, zone: tzinfo, *, seen_ms: int) -> str:
    """``HH:MM`` in the exchange's zone, rounded up to the minute: what it names is never too early.

    The weekday comes first when the day is not that of ``seen_ms``, the moment of reading.
    """
    at = datetime.fromtimestamp(-(-at_ms // _MINUTE_MS) * _MINUTE_S, zone)
    seen = datetime.fromtimestamp(seen_ms // 1000, zone)
    day = "" if at.date() == seen.date() else f"{_WEEKDAYS[at.weekday()]} "
    return f"{day}{at.hour:02}:{at.minute:02}"


def duration(milliseconds: int) -> str:
    """``1 h 5 min``, ``21 min 45 s``: whole seconds, parts that are 0 left out."""
    seconds = round(milliseconds / 1000)
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"
