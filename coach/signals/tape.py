"""The tape of a signal: the last microbars up to its trigger, packed (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coach.market.columns import BarColumns, pack, unpack

LENGTH = 60
Row = tuple[int, float, float, float, float, float]
"""ts, open, high, low, close, volume."""
ROW_BYTES = 8 * 6


def pack_tape(rows: Sequence[Row]) -> bytes | None:
    """The microbars as one binary, None when there are none."""
    if not rows:
        return None
    return pack(BarColumns.of([(*row, math.nan) for row in rows]))


def unpack_tape(tape: bytes) -> BarColumns:
    """The microbars of a packed tape, oldest first.

    Raises:
        ValueError: not a packed tape.
    """
    return unpack(tape, len(tape) // ROW_BYTES)
