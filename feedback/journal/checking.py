"""What a trade must be like to be kept (pure)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from feedback.journal.records import MAX_NOTES, MAX_TAG, MAX_TAGS, TradeFacts

SYMBOL: Final = re.compile(r"[A-Z0-9.:_-]{1,20}")
EARLIEST: Final = datetime(1990, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(2049, 12, 31, tzinfo=UTC)
"""Within the bounds of the calendars, whatever the zone."""
MAX_PRICE: Final = 1e8
MAX_QUANTITY: Final = 1e9
MAX_FEES: Final = 1e7
READABLE: Final = 1e12


def problems(facts: TradeFacts, *, latest: datetime) -> dict[str, str]:
    """What is wrong with a trade by the API's name of the field, empty if nothing is.

    `latest` is the end of the present: nothing was traded later than that.
    """
    found: dict[str, str] = {}
    for name, text in (*_names(facts), *_numbers(facts), *_times(facts, latest), *_words(facts)):
        found.setdefault(name, text)
    return found


def _names(facts: TradeFacts) -> Iterator[tuple[str, str]]:
    if SYMBOL.fullmatch(facts.symbol) is None:
        yield (
            "symbol",
            f"{facts.symbol[:24]!r} is no symbol: 1 to 20 of A-Z, 0-9, '.', ':', '_', '-'",
        )
    if facts.side not in {"long", "short"}:
        yield "side", f"{facts.side[:24]!r} is none of long, short"


def _numbers(facts: TradeFacts) -> Iterator[tuple[str, str]]:
    bounds = (
        ("quantity", facts.quantity, MAX_QUANTITY),
        ("entryPrice", facts.entry_price, MAX_PRICE),
        ("exitPrice", facts.exit_price, MAX_PRICE),
        ("stop", facts.stop, MAX_PRICE),
    )
    for name, value, top in bounds:
        if value is not None and not (math.isfinite(value) and 0 < value <= top):
            yield name, f"must be above 0 and at most {_plain(top)}, not {_plain(value)}"
    if not -MAX_FEES <= facts.fees <= MAX_FEES:
        most = _plain(MAX_FEES)
        yield "fees", f"must be from -{most} to {most}, not {_plain(facts.fees)}"
    entry = facts.entry_price
    if facts.stop is not None and entry > 0:
        if facts.side == "long" and facts.stop >= entry:
            yield "stop", f"{_plain(facts.stop)} is not below a long's entry {_plain(entry)}"
        if facts.side == "short" and facts.stop <= entry:
            yield "stop", f"{_plain(facts.stop)} is not above a short's entry {_plain(entry)}"


def _plain(value: float) -> str:
    """Every digit, with a narrow space between thousands: never 1e+09."""
    if not abs(value) < READABLE:
        return f"{value:g}"
    return f"{value:,.8f}".rstrip("0").rstrip(".").replace(",", "\u202f")


def _times(facts: TradeFacts, latest: datetime) -> Iterator[tuple[str, str]]:
    for name, moment in (("entryTime", facts.entry_ts), ("exitTime", facts.exit_ts)):
        if moment is None:
            continue
        if not EARLIEST <= moment < LATEST:
            yield name, f"{moment:%Y-%m-%d} is outside {EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}"
        elif moment > latest:
            yield name, "is still to come"
    if (facts.exit_ts is None) != (facts.exit_price is None):
        missing = "exitTime" if facts.exit_ts is None else "exitPrice"
        yield missing, "an exit has a time and a price; give both, or neither"
    if facts.exit_ts is not None and facts.exit_ts < facts.entry_ts:
        yield "exitTime", "is before the entry"


def _words(facts: TradeFacts) -> Iterator[tuple[str, str]]:
    if len(facts.tags) > MAX_TAGS:
        yield "tags", f"{len(facts.tags)} tags, at most {MAX_TAGS}"
    for tag in facts.tags:
        if not (1 <= len(tag) <= MAX_TAG and tag.isprintable()) or "|" in tag or tag != tag.strip():
            yield "tags", f"{tag[:MAX_TAG]!r}: a tag is 1 to {MAX_TAG} printable characters, no '|'"
    if len(facts.notes) > MAX_NOTES:
        yield "notes", f"{len(facts.notes)} characters, at most {MAX_NOTES}"
    if "\0" in facts.notes:
        yield "notes", "holds a NUL character"
