"""Windows over the last n bars in constant amortised time, with no error that grows.

``EXTREMA`` is van Herk's scheme: the window is the tail of one block of n values and the head of
the next, so its maximum is the larger of a suffix maximum and a running prefix maximum. It costs
three comparisons a bar without an unpredictable branch (a monotonic deque mispredicts on noise).

Source: M. van Herk, "A fast algorithm for local minimum and maximum filters", 1992.
"""

import math

from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record

EXTREMA = record(
    ("position", "i8"),
    ("full", "i8"),
    ("prefix_high", "f8"),
    ("prefix_low", "f8"),
    ("highs", "f8", (MAX_PERIOD,)),
    ("lows", "f8", (MAX_PERIOD,)),
)
MEAN = record(("count", "i8"), ("total", "f8"), ("values", "f8", (MAX_PERIOD,)))


@inner
def push_extrema(window: Record, high: float, low: float, length: int) -> None:
    """Take one bar into a window of ``length`` bars."""
    position = window.position
    if position == 0:
        window.prefix_high = high
        window.prefix_low = low
    else:
        window.prefix_high = max(window.prefix_high, high)
        window.prefix_low = min(window.prefix_low, low)
    window.highs[position] = high
    window.lows[position] = low
    position += 1
    if position == length:
        for k in range(length - 2, -1, -1):
            window.highs[k] = max(window.highs[k], window.highs[k + 1])
            window.lows[k] = min(window.lows[k], window.lows[k + 1])
        window.full = 1
        position = 0
    window.position = position


@inner
def highest(window: Record) -> float:
    """Highest high of the window, NaN until it is full."""
    if window.full == 0:
        return math.nan
    top: float = window.highs[window.position]
    return top if window.position == 0 else max(top, window.prefix_high)


@inner
def lowest(window: Record) -> float:
    """Lowest low of the window, NaN until it is full."""
    if window.full == 0:
        return math.nan
    bottom: float = window.lows[window.position]
    return bottom if window.position == 0 else min(bottom, window.prefix_low)


@inner
def push_mean(window: Record, value: float, length: int) -> None:
    """Take one value into a mean over ``length`` values; summed afresh once a round."""
    slot = window.count % length
    if window.count >= length:
        window.total -= window.values[slot]
    window.values[slot] = value
    window.total += value
    window.count += 1
    if slot == length - 1:
        total = 0.0
        for k in range(length):
            total += window.values[k]
        window.total = total


@inner
def mean(window: Record, length: int) -> float:
    """Mean of the last ``length`` values, NaN until there are so many."""
    if window.count < length:
        return math.nan
    average: float = window.total / length
    return average
