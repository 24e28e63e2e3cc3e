"""Bars out of CSV and Parquet files.

Columns `ts, open, high, low, close, volume[, vwap]`, in any order and case; others are ignored.
`ts` is the bar's open: whole epoch milliseconds, or a time with its zone (ISO 8601 in CSV, a zoned
timestamp in Parquet). A well-formed file is read by pyarrow at full speed; one with bad cells is
read again row by row, so that each bad row is named and the others are kept.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from coach.market.columns import NAMES, BarColumns, Float64, Int64

REQUIRED = NAMES[:-1]
MAX_SHOWN = 40


class BarFileError(ValueError):
    """A file that cannot be read as bars at all; says why."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no bar. `row` is its line in a CSV file, its number from 1 in Parquet."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class BarFile:
    """What a file holds: bars in time order as far as they go, the row of each, and bad rows."""

    bars: BarColumns
    rows: Int64
    refused: tuple[BadRow, ...]


def read_bar_file(path: Path) -> BarFile:
    """Every bar of a file. A file that runs backwards in time throughout is turned around.

    Raises:
        BarFileError: unreadable, of another format, or without a required column.
    """
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            found = _read_parquet(path)
        else:
            found = _read_csv(path)
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise BarFileError(f"{path}: {error}") from error
    ts = found.bars.ts
    if len(ts) > 1 and bool(np.all(ts[1:] < ts[:-1])):
        backwards = slice(None, None, -1)
        return BarFile(found.bars.take(backwards), found.rows[backwards], found.refused)
    return found


def _columns_of(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Our column name → the file's."""
    given = {name.strip().lower(): name for name in names}
    missing = [name for name in REQUIRED if name not in given]
    if missing:
        there = ", ".join(name[:MAX_SHOWN] for name in names) or "none"
        raise BarFileError(f"{path}: column {', '.join(missing)} is missing (columns: {there})")
    return {name: given[name] for name in NAMES if name in given}


# --- CSV ------------------------------------------------------------------------------------------


def _read_csv(path: Path) -> BarFile:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    columns = _columns_of(path, header)
    for ts_type in (pa.int64(), pa.timestamp("ms", "UTC")):
        types = {columns[name]: pa.float64() for name in columns} | {columns["ts"]: ts_type}
        options = pacsv.ConvertOptions(column_types=types, include_columns=list(types))
        try:
            table = pacsv.read_csv(path, convert_options=options)
        except pa.ArrowInvalid:
            continue  # other kinds of ts, or bad cells: the slow way finds out which
        return _from_table(table, columns, first_row=2)
    return _read_csv_rows(path, columns)


def _read_csv_rows(path: Path, columns: Mapping[str, str]) -> BarFile:
    good: list[tuple[float, ...]] = []
    rows: list[int] = []
    bad: list[BadRow] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        where = {name: header.index(column) for name, column in columns.items()}
        for cells in reader:
            if not cells:
                continue
            bar = _parse(cells, where, reader.line_num, len(header))
            if isinstance(bar, BadRow):
                bad.append(bar)
            else:
                good.append(bar)
                rows.append(reader.line_num)
    return BarFile(BarColumns.of(good), np.array(rows, np.int64), tuple(bad))


def _parse(
    cells: Sequence[str], where: Mapping[str, int], row: int, width: int
) -> tuple[float, ...] | BadRow:
    if len(cells) != width:
        return BadRow(row, "row", f"{len(cells)} cells, the header has {width}")
    values: list[float] = []
    for name in NAMES:
        cell = cells[where[name]].strip() if name in where else ""
        if not cell and name != "vwap":
            return BadRow(row, name, f"{name} is empty")
        try:
            values.append(_ts(cell) if name == "ts" else float(cell or "nan"))
        except (ValueError, OverflowError):
            return BadRow(row, name, f"{name} {cell[:MAX_SHOWN]!r} is not {_wanted(name)}")
    return tuple(values)


def _ts(cell: str) -> int:
    try:
        number = float(cell)
    except ValueError:
        moment = datetime.fromisoformat(cell)
        if moment.tzinfo is None:
            raise ValueError("a time without its zone") from None
        return round(moment.timestamp() * 1000)
    if not number.is_integer() or abs(number) >= 2**53:
        raise ValueError("not a whole number of milliseconds")
    return int(number)


def _wanted(name: str) -> str:
    return "whole epoch milliseconds or a time with its zone" if name == "ts" else "a number"


# --- Parquet, and tables in general ---------------------------------------------------------------


def _read_parquet(path: Path) -> BarFile:
    columns = _columns_of(path, pq.read_schema(path).names)
    return _from_table(pq.read_table(path, columns=list(columns.values())), columns, first_row=1)


def _from_table(table: pa.Table, columns: Mapping[str, str], *, first_row: int) -> BarFile:
    empty = np.zeros(len(table), np.bool_)
    bad: list[BadRow] = []
    for name, column in columns.items():
        nulls = table.column(column).is_null().to_numpy()
        if name == "vwap" or not bool(nulls.any()):
            continue
        fresh = np.flatnonzero(nulls & ~empty).tolist()
        bad += [BadRow(row + first_row, name, f"{name} is empty") for row in fresh]
        empty |= nulls
    rows = np.flatnonzero(~empty)
    if bad:
        table = table.filter(pa.array(~empty))
    floats = {
        name: _floats(table, columns[name], name) if name in columns else np.full(len(rows), np.nan)
        for name in NAMES[1:]
    }
    bars = BarColumns(ts=_times(table.column(columns["ts"])), **floats)
    return BarFile(bars, rows + first_row, tuple(sorted(bad, key=lambda each: each.row)))


def _floats(table: pa.Table, column: str, name: str) -> Float64:
    try:
        numbers = pc.cast(table.column(column), pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BarFileError(f"column {name}: {error}") from error
    return np.ascontiguousarray(numbers.to_numpy(), np.float64)


def _times(column: pa.ChunkedArray) -> Int64:
    """Epoch ms of a column of integers or of zoned timestamps.

    Raises:
        BarFileError: another type, a timestamp without a zone, or one finer than a millisecond.
    """
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is None:
        raise BarFileError("column ts: timestamps without a zone; write them in UTC")
    try:
        if pa.types.is_timestamp(kind):
            column = pc.cast(column, pa.timestamp("ms", kind.tz))
        elif not pa.types.is_integer(kind):
            raise BarFileError(f"column ts: {kind} is neither whole epoch ms nor a zoned time")
        whole = pc.cast(column, pa.int64())
    except pa.ArrowInvalid as error:
        raise BarFileError(f"column ts: {error}") from error
    return np.ascontiguousarray(whole.to_numpy(), np.int64)
