"""What brokers write into cells: numbers, times, sides (pure)."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

TIMES: Final = (
    "%Y%m%d;%H%M%S",
    "%Y%m%d %H%M%S",
    "%Y%m%d;%H:%M:%S",
    "%Y-%m-%d, %H:%M:%S",
    "%Y-%m-%d;%H:%M:%S",
    "%Y-%m-%d;%H%M%S",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y;%H%M%S",
    "%m/%d/%Y;%H:%M:%S",
    "%m/%d/%Y %H:%M",
)
ZONES: Final = {"EST": "-05:00", "EDT": "-04:00", "UTC": "+00:00", "GMT": "+00:00"}


def number(text: str) -> float:
    """`1,234.50`, `$12.00`, `+100`, `(3.20)` for a negative.

    Raises:
        ValueError: it is no finite number.
    """
    plain = text.strip().replace(",", "").replace("$", "")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", plain, re.ASCII):
        raise ValueError(f"{text[:40]!r} is no number")
    value = float(plain)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is too large")
    return value


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A time as an aware datetime in UTC; one that names no zone of its own is read in `zone`.

    Raises:
        ValueError: it is no time, or has no time of day.
    """
    plain = re.sub(r"\s+", " ", text.strip())
    match = re.fullmatch(r"(.*) ([A-Z]{3})", plain)
    if match and match[2] in ZONES:
        plain = match[1]
        return _aware(_parsed(plain, text), ZONES[match[2]], text)
    return _aware(_parsed(plain, text), zone, text)


def _parsed(plain: str, text: str) -> datetime:
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", plain, re.ASCII):
        try:
            return datetime.fromisoformat(plain)
        except ValueError:
            raise ValueError(f"{text[:40]!r} is no time") from None
    for form in TIMES:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007  the zone follows
        except ValueError:
            continue
    raise ValueError(f"{text[:40]!r} is no time with hours and minutes")


def _aware(naive: datetime, zone: ZoneInfo | str, text: str) -> datetime:
    try:
        if naive.tzinfo is not None:
            return naive.astimezone(UTC)
        if isinstance(zone, str):
            return datetime.fromisoformat(naive.isoformat() + zone).astimezone(UTC)
        return naive.replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError(f"{text[:40]!r} is outside the calendar") from None


def symbol(text: str) -> str:
    """A broker's symbol as the house writes it: `BRK B` is BRK.B."""
    return re.sub(r"[ /]", ".", text.strip().upper())
