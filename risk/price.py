"""What an alert must be worth so that a user's alert budget is spent on the best ones (pure)."""

import math
from collections.abc import Sequence
from typing import Final

PRICE_WINDOW_DAYS: Final = 10
OVERSHOOT: Final = 1.15


def alert_price(values: Sequence[float], *, sessions: int, budget: int | None) -> float:
    """The EV in R from which 1.15 × the daily budget of signals would have passed.

    ``values`` are the EVs of all signals that fired for the user in the ``sessions`` sessions of
    the last 10 days, delivered or not, by the calibration in force. The 15 % make up for what
    cooldown and locks take. 0 without a budget, without sessions, and when fewer fired than the
    budget lets through.
    """
    if budget is None or sessions <= 0:
        return 0.0
    if budget < 1:
        raise ValueError(f"budget: {budget} is below 1")
    passing = math.floor(OVERSHOOT * budget * sessions)
    if len(values) <= passing:
        return 0.0
    return max(0.0, sorted(values, reverse=True)[passing - 1])
