"""Shapes of everything that crosses the engine's border: enums, timeframes, record types.

All times are epoch milliseconds UTC (int64), prices and volumes float64. Records are written
without implicit padding, so that equal triggers are equal bytes.
"""

from enum import IntEnum
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

MAX_PERIOD = 390
"""Longest period of any indicator: the minutes of a regular US session."""

TIMEFRAME_MS: dict[str, int] = {
    "1m": 60_000,
    "5m": 300_000,
    "15m": 900_000,
    "1h": 3_600_000,
    "1d": 86_400_000,
}
DAY_MS = 86_400_000

RecordType = np.dtype[np.record]
RecordArray = NDArray[np.record]
Record: TypeAlias = Any
"""One record: its fields are attributes, which type checkers cannot see."""


class Direction(IntEnum):
    """Side of a trigger."""

    SHORT = -1
    LONG = 1


class Trend(IntEnum):
    """Trend half of the regime."""

    UNKNOWN = 0
    RANGE = 1
    TREND = 2


class Volatility(IntEnum):
    """Volatility half of the regime."""

    UNKNOWN = 0
    LOW = 1
    NORMAL = 2
    HIGH = 3


def record(*fields: tuple[Any, ...]) -> RecordType:
    """A record type whose fields read as attributes, compiled and interpreted alike.

    A fresh state is a record of zeros; no rule needs a constructor.
    """
    aligned = np.dtype(list(fields), align=True)
    return cast("RecordType", np.dtype((np.record, aligned)))


FEATURES = ("dist", "late", "rvol", "slope", "er", "vwap")
"""Names of the six confidence features, in the order of ``TRIGGER``'s field ``f``."""

TRIGGER = record(
    ("ts", "i8"),
    ("seq", "i8"),
    ("confidence", "f8"),
    ("level", "f8"),
    ("close", "f8"),
    ("atr", "f8"),
    ("f", "f8", (len(FEATURES),)),
    ("rule", "i4"),
    ("direction", "i1"),
    ("trend", "i1"),
    ("volatility", "i1"),
    ("warm", "i1"),
)
"""One trigger.

``ts`` and ``seq`` name the bar, ``rule`` is the position in ``RuleSet.rules``, ``level`` the rule's
reference level, ``atr`` ATR14 at the trigger (the unit of its outcome), ``f`` the features,
``trend`` and ``volatility`` the regime, ``warm`` 0 where the data began after the bar's anchor.
"""


def timeframe_ms(timeframe: str) -> int:
    """Length of a timeframe in milliseconds.

    Raises:
        ValueError: not one of the timeframes that rules run on.
    """
    try:
        return TIMEFRAME_MS[timeframe]
    except KeyError:
        known = ", ".join(TIMEFRAME_MS)
        raise ValueError(f"timeframe {timeframe!r} is not one of {known}") from None


def seq_of(ts: int, timeframe: str) -> int:
    """Sequence number of the bar that opens at ``ts``: ``ts // timeframe``."""
    return ts // timeframe_ms(timeframe)
