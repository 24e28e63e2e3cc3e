"""Triggers with their outcomes as packed columns, independent of the engine's record types (pure).

A page is a JSON header (names, types, number of rows, rule ids, words) and the columns' bytes, one
after the other, compressed. Little-endian, so a page reads the same everywhere.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
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

# Words by code, as columns of objects: a whole column is looked up at once.
_REGIMES: Final = np.array(
    [f"{trend.name}/{volatility.name}".lower() for trend in Trend for volatility in Volatility],
    object,
)
_DIRECTIONS: Final = np.array(["short", None, "long"], object)
_STATES: Final = np.array([each.name.lower() for each in Status], object)
_EXITS: Final = np.array([None, *(each.name.lower() for each in Reason if each)], object)
_VERDICTS: Final = np.array([each.name.lower() for each in sorted(Verdict)], object)


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
        ids = np.array(self.rule_ids, object)
        regimes = c["trend"].astype(np.int64) * len(Volatility) + c["volatility"]
        rows = [
            {
                "confidence": confidence,
                "direction": direction,
                "outcome": outcome,
                "regime": regime,
                "ruleId": rule_id,
                "seq": seq,
                "ts": ts,
                "warm": warm,
            }
            for confidence, direction, outcome, regime, rule_id, seq, ts, warm in zip(
                c["confidence"].tolist(),
                _DIRECTIONS[c["direction"].astype(np.int64) + 1].tolist(),
                outcome_rows(c),
                _REGIMES[regimes].tolist(),
                ids[c["rule"]].tolist(),
                c["seq"].tolist(),
                c["ts"].tolist(),
                (c["warm"] == 1).tolist(),
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
    pending = columns["status"] != Status.CLOSED
    rows: list[Json | None] = [
        {
            "ambiguous": ambiguous,
            "entry": entry,
            "exit": left,
            "exitPrice": price,
            "exitTs": exit_ts,
            "holdBars": hold,
            "mae": mae,
            "mfe": mfe,
            "r": r,
            "state": state,
            "verdict": verdict,
        }
        for ambiguous, entry, left, price, exit_ts, hold, mae, mfe, r, state, verdict in zip(
            (columns["ambiguous"] == 1).tolist(),
            _numbers(columns["entry"]),
            _EXITS[columns["reason"]].tolist(),
            _numbers(columns["exit"]),
            _where(pending, columns["exit_ts"]),
            _where(pending, columns["hold_bars"]),
            *(_numbers(np.round(columns[name], 6)) for name in ("mae", "mfe", "r")),
            _STATES[columns["status"]].tolist(),
            _where(pending, _VERDICTS[columns["verdict"].astype(np.int64) - min(Verdict)]),
            strict=True,
        )
    ]
    for at in np.flatnonzero(columns["status"] == Status.NONE).tolist():
        rows[at] = None
    return rows


def _numbers(values: np.ndarray) -> list[float | None]:
    """Python numbers, None for NaN."""
    return _where(np.isnan(values), values)


def _where(absent: np.ndarray, values: np.ndarray) -> list[Any]:
    """Python values, None where absent."""
    listed = values.astype(object)
    listed[absent] = None
    found: list[Any] = listed.tolist()
    return found


def packed_pages(table: Table, pool: Executor | None = None) -> list[bytes]:
    """Every page of a table; the compression holds no lock, so threads share it."""
    pages = [page for _, page in table.pages()]
    return [pack(page) for page in pages] if pool is None else list(pool.map(pack, pages))


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
