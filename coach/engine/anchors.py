"""Blocks and anchors: where the scan that defines a bar's state begins.

An EMA remembers everything, so a backtest that starts elsewhere would trigger elsewhere. The state
at a bar is therefore the scan from the start of the block before the bar's own. A bar belongs to
the block of its session's date.

| timeframe | block |
|---|---|
| 1m | ISO week |
| 5m | calendar month |
| 15m | calendar quarter |
| 1h | calendar year |
| 1d | 5 calendar years (2020, 2025, ...) |

Session dates are days since 1970-01-01.
"""

import datetime as dt

from coach.engine.layout import timeframe_ms

EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
MONTHS = {"5m": 1, "15m": 3, "1h": 12, "1d": 60}


def day_of(date: dt.date) -> int:
    """Days since 1970-01-01 of a date."""
    return date.toordinal() - EPOCH_ORDINAL


def date_of(day: int) -> dt.date:
    """The date of a day number."""
    return dt.date.fromordinal(day + EPOCH_ORDINAL)


def block_of(session_day: int, timeframe: str) -> int:
    """Number of the block that a session's date belongs to; consecutive, increasing with time."""
    timeframe_ms(timeframe)
    if timeframe == "1m":
        return (session_day + 3) // 7  # 1970-01-01 was a Thursday
    date = date_of(session_day)
    return (date.year * 12 + date.month - 1) // MONTHS[timeframe]


def block_start(block: int, timeframe: str) -> int:
    """First day of a block."""
    timeframe_ms(timeframe)
    if timeframe == "1m":
        return block * 7 - 3
    month = block * MONTHS[timeframe]
    return day_of(dt.date(month // 12, month % 12 + 1, 1))


def anchor_of(block: int, timeframe: str) -> int:
    """First day of the scan that defines the states of a block: the start of the block before."""
    return block_start(block - 1, timeframe)
