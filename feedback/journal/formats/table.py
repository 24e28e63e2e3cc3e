"""A CSV file as lines of cells, and a header with the lines under it (pure)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from feedback.journal.errors import UnreadableFileError

MAX_LINES: Final = 20_000
DELIMITERS: Final = (",", ";", "\t")


class Line(NamedTuple):
    """The cells of one line; `number` counts from 1 as an editor does."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A header by normalised name, and the lines below it."""

    columns: dict[str, int]
    lines: Sequence[Line]

    def cell(self, line: Line, *names: str) -> str:
        """The first column of these names that the file has, stripped; "" where there is none."""
        for name in names:
            index = self.columns.get(normal(name))
            if index is not None:
                return line.cells[index].strip() if index < len(line.cells) else ""
        return ""


def normal(name: str) -> str:
    """`Open/CloseIndicator`, `entry_price`, `Entry Price` as openclose…, entryprice: brokers change
    case and spaces between releases."""
    return re.sub(r"[^a-z0-9#]", "", name.lower())


def header(cells: Iterable[str]) -> dict[str, int]:
    """Column positions by normalised name; the first of a name counts."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(cells):
        columns.setdefault(normal(cell), index)
    columns.pop("", None)
    return columns


def read_lines(text: str) -> list[Line]:
    """The lines of a file that hold anything.

    Raises:
        UnreadableFileError: it is empty, too long, or no CSV; names the line.
    """
    body = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=_delimiter(body), strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(reader.line_num, tuple(cells)))
            if len(lines) > MAX_LINES:
                raise UnreadableFileError(f"more than {MAX_LINES} lines; import a shorter period")
    except csv.Error as error:
        raise UnreadableFileError(f"line {reader.line_num} is no CSV: {error}") from error
    if not lines:
        raise UnreadableFileError("the file is empty")
    return lines


def _delimiter(body: str) -> str:
    """The separator that the first lines have most of."""
    start = body[:4_000]
    return max(DELIMITERS, key=lambda each: (start.count(each), each == ","))
