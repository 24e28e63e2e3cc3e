"""Coach's own format: a line is a whole trade. Documented in docs/journal.md (pure)."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from feedback.journal.formats.reading import (
    CellError,
    Draft,
    Format,
    Reading,
    Wrong,
    cell_as,
    first_with,
)
from feedback.journal.formats.table import Line, Table
from feedback.journal.formats.values import moment, number, symbol
from feedback.journal.records import TradeFacts

COLUMNS: Final = ("symbol", "side", "quantity", "entryTime", "entryPrice")
OPTIONAL: Final = ("exitTime", "exitPrice", "stop", "fees", "tags", "notes", "id")
SIDES: Final = {"long": "long", "buy": "long", "short": "short", "sell": "short"}


def read(table: Table, zone: ZoneInfo) -> Reading:
    """Every line as a trade."""
    reading, seen = Reading(), dict[str, int]()
    for line in table.lines:
        try:
            facts = _facts(table, line, zone)
        except CellError as error:
            reading.wrong.append(Wrong(line.number, error.column, error.message))
            continue
        name = table.cell(line, "id") or _identity(facts)
        seen[name] = seen.get(name, 0) + 1
        key = hashlib.sha256(f"generic|{name}|{seen[name]}".encode()).hexdigest()[:48]
        reading.drafts.append(Draft(lines=(line.number,), facts=facts, key=key))
    return reading


def _identity(facts: TradeFacts) -> str:
    """Without an id of its own a trade is known by its entry."""
    words = (
        facts.symbol,
        facts.side,
        f"{facts.quantity:g}",
        facts.entry_ts.isoformat(),
        f"{facts.entry_price:g}",
    )
    return "|".join(words)


def _side(text: str) -> str:
    try:
        return SIDES[text.lower()]
    except KeyError:
        raise ValueError(f"{text[:20]!r} is none of long, short, buy, sell") from None


def _facts(table: Table, line: Line, zone: ZoneInfo) -> TradeFacts:
    def has(column: str) -> bool:
        return table.cell(line, column) != ""

    at = partial(moment, zone=zone)
    tags = (tag.strip() for tag in table.cell(line, "tags").replace("|", ",").split(","))
    return TradeFacts(
        symbol=cell_as(table, line, "symbol", symbol),
        side=cell_as(table, line, "side", _side),
        quantity=abs(cell_as(table, line, "quantity", number)),
        entry_ts=cell_as(table, line, "entryTime", at),
        entry_price=cell_as(table, line, "entryPrice", number),
        exit_ts=cell_as(table, line, "exitTime", at) if has("exitTime") else None,
        exit_price=cell_as(table, line, "exitPrice", number) if has("exitPrice") else None,
        stop=cell_as(table, line, "stop", number) if has("stop") else None,
        fees=cell_as(table, line, "fees", number) if has("fees") else 0.0,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        notes=table.cell(line, "notes"),
    )


FORMAT: Final = Format(
    id="generic",
    title="Coach, one line a trade",
    columns=COLUMNS,
    find=lambda lines: first_with(lines, COLUMNS),
    read=read,
)
