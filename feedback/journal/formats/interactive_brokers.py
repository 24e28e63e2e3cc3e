"""Interactive Brokers: the Flex Query's Trades as CSV, and the Activity Statement (pure).

Times are those of the account's settings, New York by default. Quantities are signed; commissions
are negative where they cost.
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
from feedback.journal.formats.table import Line, Table, header
from feedback.journal.formats.values import moment, number, symbol

FLEX_COLUMNS: Final = ("Symbol", "DateTime", "Quantity", "TradePrice", "Buy/Sell")
ACTIVITY_COLUMNS: Final = ("DataDiscriminator", "Symbol", "Date/Time", "Quantity", "T. Price")
LEVELS: Final = {"", "EXECUTION"}
"""A Flex Query may list orders, closed lots and symbol totals between the executions."""


def _effect(codes: str) -> Effect:
    """`O`, `C`, and `C;O` for an execution that turned a position over."""
    said = {code.strip().upper() for code in codes.replace(",", ";").split(";")}
    if "O" in said and "C" not in said:
        return "open"
    return "close" if "C" in said and "O" not in said else "any"


def _flex_line(table: Table, line: Line, zone: ZoneInfo) -> Fill | Left | None:
    if table.cell(line, "Symbol").lower() == "symbol":
        return None  # the header again: several accounts in one file
    level = table.cell(line, "LevelOfDetail").upper()
    if level not in LEVELS:
        return Left(line.number, f"a line of level {level[:20]}, not an execution")
    kind = table.cell(line, "AssetClass")
    if kind not in {"", "STK"}:
        return Left(line.number, f"asset class {kind[:10]}: stocks and funds are journalled")
    quantity = cell_as(table, line, "Quantity", number)
    return Fill(
        line=line.number,
        symbol=cell_as(table, line, "Symbol", symbol),
        side=-1 if table.cell(line, "Buy/Sell").upper().startswith("S") else 1,
        quantity=abs(quantity),
        price=cell_as(table, line, "TradePrice", number),
        fee=_fee(table, line, "IBCommission"),
        at=cell_as(table, line, "DateTime", partial(moment, zone=zone)),
        effect=_effect(table.cell(line, "Open/CloseIndicator")),
        account=table.cell(line, "ClientAccountID", "AccountId"),
        name=table.cell(line, "IBExecID", "TradeID", "TransactionID"),
    )


def _fee(table: Table, line: Line, *columns: str) -> float:
    """What was paid is negative in the file."""
    for column in columns:
        if table.cell(line, column):
            return 0.0 - cell_as(table, line, column, number)
    return 0.0


def _read_flex(table: Table, zone: ZoneInfo) -> Reading:
    return read_fills(table, lambda line: _flex_line(table, line, zone))


def _find_activity(lines: Sequence[Line]) -> Table | None:
    """The section Trades: its lines begin with `Trades,Header` and `Trades,Data`. The statement
    repeats the header for every asset category; the first that fits is that of the stocks."""
    for line in lines:
        names = header(line.cells)
        if line.cells[:2] == ("Trades", "Header") and "datadiscriminator" in names:
            table = Table(names, [each for each in lines if each.cells[:1] == ("Trades",)])
            if all(table.columns.get(name) is not None for name in header(ACTIVITY_COLUMNS)):
                return table
    return None


def _read_activity(table: Table, zone: ZoneInfo) -> Reading:
    data = [line for line in table.lines if line.cells[1:2] == ("Data",)]
    kinds = {table.cell(line, "DataDiscriminator") for line in data}
    # Executions are the parts of the orders: the same shares twice where a statement lists both.
    wanted = next((kind for kind in ("Execution", "Trade", "Order") if kind in kinds), "Order")
    return read_fills(
        Table(table.columns, data), lambda line: _activity_line(table, line, zone, wanted)
    )


def _activity_line(table: Table, line: Line, zone: ZoneInfo, wanted: str) -> Fill | Left | None:
    kind = table.cell(line, "DataDiscriminator")
    if kind != wanted:
        return Left(line.number, f"a line of kind {kind[:20]!r} beside those of {wanted}")
    category = table.cell(line, "Asset Category")
    if not category.startswith("Stocks"):
        return Left(line.number, f"{category[:30]}: stocks and funds are journalled")
    quantity = cell_as(table, line, "Quantity", number)
    return Fill(
        line=line.number,
        symbol=cell_as(table, line, "Symbol", symbol),
        side=-1 if quantity < 0 else 1,
        quantity=abs(quantity),
        price=cell_as(table, line, "T. Price", number),
        fee=_fee(table, line, "Comm/Fee", "Comm in USD"),
        at=cell_as(table, line, "Date/Time", partial(moment, zone=zone)),
        effect=_effect(table.cell(line, "Code")),
        account=table.cell(line, "Account"),
        name=table.cell(line, "TradeID"),
    )


FLEX: Final = Format(
    id="ib-flex",
    title="Interactive Brokers, Flex Query: Trades",
    columns=FLEX_COLUMNS,
    find=lambda lines: first_with(lines, FLEX_COLUMNS),
    read=_read_flex,
)
ACTIVITY: Final = Format(
    id="ib-activity",
    title="Interactive Brokers, Activity Statement",
    columns=ACTIVITY_COLUMNS,
    find=_find_activity,
    read=_read_activity,
)
