"""A run's triggers as a file (pure)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from backtest.packing import Table

COLUMNS: Final = (
    "ts",
    "seq",
    "ruleId",
    "direction",
    "confidence",
    "regime",
    "warm",
    "close",
    "level",
    "atr",
    "state",
    "entry",
    "exit",
    "exitPrice",
    "exitTs",
    "holdBars",
    "r",
    "mfe",
    "mae",
    "verdict",
    "ambiguous",
    "gate",
)

Json = dict[str, Any]


def csv_lines(tables: Iterable[Table]) -> Iterator[str]:
    """The header, then a block of lines for each page. Times are epoch ms UTC."""
    yield ",".join(COLUMNS) + "\r\n"
    for table in tables:
        text = io.StringIO()
        csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore").writerows(_flat(table))
        yield text.getvalue()


def _flat(table: Table) -> Iterator[Json]:
    prices = [table.columns[name].tolist() for name in ("close", "level", "atr")]
    for row, close, level, atr in zip(table.rows(), *prices, strict=True):
        outcome = row["outcome"] or {"state": "none"}
        gate = row.get("gate", {}).get("reasonCode", "")
        yield {**row, **outcome, "close": close, "level": level, "atr": atr, "gate": gate}
