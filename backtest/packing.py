"""Triggers with their outcomes as packed columns, independent of the engine's record types (pure).

A page is a JSON header (names, types, number of rows, rule ids, words) and the columns' bytes, one
after the other, compressed. Little-endian, so a page reads the same everywhere.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from backtest.engine import Evaluation
from coach.engine.layout import Trend, Volatility
from coach.engine.outcome import Reason, Status, Verdict
from risk.governor import Decision

PAGE: Final = 4_096
TRIGGER_COLUMNS: Final = {
    "ts": "<i8",
    "seq": "<i8",
    "confidence": "<f8",
    "level": "<f8",
    "close": "<f8",
    "atr": "<f8",
    "rule": "<i2",
    "direction": "<i1",
    "trend": "<i1",
    "volatility": "<i1",
    "warm": "<i1",
}
OUTCOME_COLUMNS: Final = {
    "entry": "<f8",
    "exit": "<f8",
    "r": "<f8",
    "mfe": "<f8",
    "mae": "<f8",
    "exit_ts": "<i8",
    "hold_bars": "<i4",
    "status": "<i1",
    "reason": "<i1",
    "verdict": "<i1",
    "ambiguous": "<i1",
}

Json = dict[str, Any]
Columns = Mapping[str, np.ndarray]

_REGIMES: Final = [
    [f"{trend.name}/{volatility.name}".lower() for volatility in Volatility] for trend in Trend
]
_STATES: Final = [each.name.lower() for each in Status]
_EXITS: Final = [None, *(each.name.lower() for each in Reason if each)]
_VERDICTS: Final = {int(each): each.name.lower() for each in Verdict}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Triggers as columns of equal length, in order of time and rule id.

    ``gates``: what the governor said to each (code, reason), None where it was not asked.
    """

    rule_ids: tuple[str, ...]
    columns: Columns
    gates: tuple[tuple[str, str], ...] | None = None

    def __len__(self) -> int:
        """Number of triggers."""
        return len(self.columns["ts"])

    def slice(self, start: int, stop: int) -> "Table":
        """Triggers [start, stop)."""
        cut = {name: column[start:stop] for name, column in self.columns.items()}
        return Table(self.rule_ids, cut, None if self.gates is None else self.gates[start:stop])

    def pages(self) -> Iterator[tuple[int, "Table"]]:
        """(number of its first trigger, page) for every page."""
        for first in range(0, len(self), PAGE):
            yield first, self.slice(first, first + PAGE)

    def rows(self) -> list[Json]:
        """Triggers as the API gives them."""
        c = self.columns
        regime = [
            _REGIMES[trend][volatility]
            for trend, volatility in zip(c["trend"].tolist(), c["volatility"].tolist(), strict=True)
        ]
        rows = [
            {
                "confidence": confidence,
                "direction": "long" if direction > 0 else "short",
                "outcome": outcome,
                "regime": where,
                "ruleId": self.rule_ids[rule],
                "seq": seq,
                "ts": ts,
                "warm": warm == 1,
            }
            for confidence, direction, outcome, where, rule, seq, ts, warm in zip(
                c["confidence"].tolist(),
                c["direction"].tolist(),
                outcome_rows(c),
                regime,
                c["rule"].tolist(),
                c["seq"].tolist(),
                c["ts"].tolist(),
                c["warm"].tolist(),
                strict=True,
            )
        ]
        if self.gates is not None:
            for row, (code, reason) in zip(rows, self.gates, strict=True):
                row["gate"] = {
                    "delivered": code == "delivered",
                    "reason": reason,
                    "reasonCode": code,
                }
        return rows


def table_of(evaluation: Evaluation, decisions: Sequence[Decision] | None = None) -> Table:
    """What is kept of an evaluation's triggers."""
    columns = {
        name: evaluation.triggers[name].astype(kind) for name, kind in TRIGGER_COLUMNS.items()
    } | {name: evaluation.outcomes[name].astype(kind) for name, kind in OUTCOME_COLUMNS.items()}
    gates = (
        None if decisions is None else tuple((each.code.value, each.reason) for each in decisions)
    )
    return Table(tuple(each.rule_id for each in evaluation.ruleset.rules), columns, gates)


def outcome_rows(columns: Columns) -> list[Json | None]:
    """Outcomes as the API gives them; None for a trigger on a session's last bar."""
    numbers = [
        _numbers(columns[name], digits)
        for name, digits in (("entry", None), ("exit", None), ("r", 6), ("mfe", 6), ("mae", 6))
    ]
    whole = [
        columns[name].tolist()
        for name in ("status", "reason", "verdict", "hold_bars", "ambiguous", "exit_ts")
    ]
    rows: list[Json | None] = []
    for entry, left, r, mfe, mae, status, reason, verdict, hold, ambiguous, exit_ts in zip(
        *numbers, *whole, strict=True
    ):
        closed = status == Status.CLOSED
        if status == Status.NONE:
            rows.append(None)
            continue
        rows.append(
            {
                "ambiguous": ambiguous == 1,
                "entry": entry,
                "exit": _EXITS[reason],
                "exitPrice": left,
                "exitTs": exit_ts if closed else None,
                "holdBars": hold if closed else None,
                "mae": mae,
                "mfe": mfe,
                "r": r,
                "state": _STATES[status],
                "verdict": _VERDICTS[verdict] if closed else None,
            }
        )
    return rows


def _numbers(values: np.ndarray, digits: int | None) -> list[float | None]:
    """Python numbers, None for NaN."""
    shown = values if digits is None else np.round(values, digits)
    listed: list[float | None] = shown.tolist()
    for at in np.flatnonzero(np.isnan(values)).tolist():
        listed[at] = None
    return listed


def pack(table: Table) -> bytes:
    """A table as one compressed page."""
    header = json.dumps(
        {
            "rows": len(table),
            "rules": list(table.rule_ids),
            "columns": [[name, column.dtype.str] for name, column in table.columns.items()],
            "gates": table.gates,
        }
    ).encode()
    parts = [struct.pack("<I", len(header)), header]
    parts += [np.ascontiguousarray(column).tobytes() for column in table.columns.values()]
    return zlib.compress(b"".join(parts), 1)


def unpack(data: bytes) -> Table:
    """The inverse of ``pack``.

    Raises:
        ValueError: not a page.
    """
    try:
        raw = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(f"this is no page of triggers: {error}") from None
    (length,) = struct.unpack_from("<I", raw)
    header = json.loads(raw[4 : 4 + length])
    at, columns = 4 + length, {}
    for name, kind in header["columns"]:
        dtype = np.dtype(kind)
        columns[name] = np.frombuffer(raw, dtype, header["rows"], at)
        at += dtype.itemsize * header["rows"]
    gates = header["gates"]
    return Table(
        tuple(header["rules"]),
        columns,
        None if gates is None else tuple((code, reason) for code, reason in gates),
    )


def join(tables: Sequence[Table]) -> Table:
    """Pages of one result, put together.

    Raises:
        ValueError: no page, or pages of different results.
    """
    if not tables or any(each.rule_ids != tables[0].rule_ids for each in tables):
        raise ValueError("pages of one result are needed")
    columns = {
        name: np.concatenate([each.columns[name] for each in tables]) for name in tables[0].columns
    }
    asked = [each.gates for each in tables if each.gates is not None]
    gates = tuple(gate for each in asked for gate in each) if len(asked) == len(tables) else None
    return Table(tables[0].rule_ids, columns, gates)
