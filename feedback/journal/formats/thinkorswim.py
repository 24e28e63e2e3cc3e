"""thinkorswim: the section Account Trade History of an Account Statement (pure).

One line an execution, the newest first, in the time zone the platform was set to. The section has
no commissions: fees are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from feedback.journal.formats.reading import (
    Effect,
    Fill,
    Format,
    Left,
    Reading,
    cell_as,
    first_with,
    read_fills,
)
from feedback.journal.formats.table import Line, Table
from feedback.journal.formats.values import moment, number, symbol

COLUMNS: Final = ("Exec Time", "Side", "Qty", "Pos Effect", "Symbol", "Price")
EFFECTS: Final[dict[str, Effect]] = {"TO OPEN": "open", "TO CLOSE": "close"}
STOCKS: Final = {"", "STOCK", "ETF"}


def _find(lines: Sequence[Line]) -> Table | None:
    """The lines between the header and the next section: they begin with an empty cell."""
    table = first_with(lines, COLUMNS)
    if table is None:
        return None
    margin = table.columns["exectime"]
    section = []
    for line in table.lines:
        if len(line.cells) <= margin or any(cell.strip() for cell in line.cells[:margin]):
            break
        section.append(line)
    return Table(table.columns, section)


def _line(table: Table, line: Line, zone: ZoneInfo) -> Fill | Left:
    kind = table.cell(line, "Type").upper()
    if not table.cell(line, "Exec Time"):
        return Left(line.number, "a further leg of a spread: stocks and funds are journalled")
    if kind not in STOCKS:
        return Left(line.number, f"type {kind[:10]}: stocks and funds are journalled")
    quantity = cell_as(table, line, "Qty", number)
    sold = table.cell(line, "Side").upper().startswith("S") or quantity < 0
    return Fill(
        line=line.number,
        symbol=cell_as(table, line, "Symbol", symbol),
        side=-1 if sold else 1,
        quantity=abs(quantity),
        price=cell_as(table, line, "Price", number),
        fee=0.0,
        at=cell_as(table, line, "Exec Time", partial(moment, zone=zone)),
        effect=EFFECTS.get(table.cell(line, "Pos Effect").upper(), "any"),
    )


def _read(table: Table, zone: ZoneInfo) -> Reading:
    return read_fills(table, lambda line: _line(table, line, zone))


FORMAT: Final = Format(
    id="thinkorswim",
    title="thinkorswim, Account Statement",
    columns=COLUMNS,
    find=_find,
    read=_read,
)
