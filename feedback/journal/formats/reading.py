"""What a format makes of a file (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from feedback.journal.formats.table import Line, Table, header, normal
from feedback.journal.records import TradeFacts

T = TypeVar("T")
Effect = Literal["open", "close", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution: `side` +1 bought, -1 sold; `fee` what it cost; `effect` whether the broker
    says that it opened or closed; `name` the broker's own id of it, "" without one."""

    line: int
    symbol: str
    side: int
    quantity: float
    price: float
    fee: float
    at: datetime
    effect: Effect = "any"
    account: str = ""
    name: str = ""


class Wrong(NamedTuple):
    """A line that cannot be read, and which of the file's columns is to blame."""

    line: int
    field: str
    message: str


class Left(NamedTuple):
    """A line that is no trade of a stock: left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A round trip as the file tells it, from the lines `lines`; `key` is the same whenever the
    trade is exported again."""

    lines: tuple[int, ...]
    facts: TradeFacts
    key: str


@dataclass(slots=True)
class Reading:
    """Everything that a file says."""

    drafts: list[Draft] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


class Format(NamedTuple):
    """A kind of file. `find` gives its table or None; `columns` are those it cannot do without."""

    id: str
    title: str
    columns: tuple[str, ...]
    find: Callable[[Sequence[Line]], Table | None]
    read: Callable[[Table, ZoneInfo], Reading]


def first_with(lines: Sequence[Line], columns: Sequence[str]) -> Table | None:
    """The table under the first line that names all these columns."""
    wanted = {normal(name) for name in columns}
    for index, line in enumerate(lines):
        found = header(line.cells)
        if wanted <= found.keys():
            return Table(found, lines[index + 1 :])
    return None


def read_fills(table: Table, one: Callable[[Line], Fill | Left | None]) -> Reading:
    """Read line by line; what a line's reader cannot read is noted and the next line read."""
    reading = Reading()
    for line in table.lines:
        try:
            found = one(line)
        except CellError as error:
            reading.wrong.append(Wrong(line.number, error.column, error.message))
            continue
        if isinstance(found, Fill) and found.quantity <= 0:
            reading.wrong.append(Wrong(line.number, "quantity", "is 0"))
        elif isinstance(found, Fill):
            reading.fills.append(found)
        elif isinstance(found, Left):
            reading.left.append(found)
    return reading


class CellError(ValueError):
    """A cell that cannot be read."""

    def __init__(self, column: str, message: str) -> None:
        self.column = column
        self.message = message
        super().__init__(f"{column}: {message}")


def cell_as(table: Table, line: Line, column: str, convert: Callable[[str], T]) -> T:
    """A cell through a converter.

    Raises:
        CellError: it is empty, or the converter refuses it.
    """
    text = table.cell(line, column)
    if not text:
        raise CellError(column, "is empty")
    try:
        return convert(text)
    except ValueError as error:
        raise CellError(column, str(error)) from error
