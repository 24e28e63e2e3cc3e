"""R of a trade, and how far it went for and against the trader (pure).

R is the result after fees in units of the risk taken: (exit - entry) x side x quantity - fees, over
quantity x unit, where the unit is the distance from the entry to the first stop, or without a stop
the ATR of the signal that the trade is linked to (Van K. Tharp, "Trade Your Way to Financial
Freedom", 1998, chapter 7: R multiples).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coach.market.columns import Float64

SIDES: Final = {"long": 1, "short": -1}
MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Excursion:
    """Maximum favourable and adverse excursion in R, both >= 0 and before fees."""

    mfe: float
    mae: float


def unit_of(*, entry_price: float, stop: float | None, signal_atr: float | None) -> float | None:
    """The price of 1 R; None where neither a stop nor a signal says what was risked."""
    if stop is not None and stop != entry_price:
        return abs(entry_price - stop)
    return signal_atr


def r_of(
    *,
    side: str,
    quantity: float,
    entry_price: float,
    exit_price: float | None,
    fees: float,
    unit: float | None,
) -> float | None:
    """R of a closed trade after fees; None while it is open or its risk is not known."""
    if exit_price is None or not unit:
        return None
    return pnl_of(side, quantity, entry_price, exit_price, fees) / (quantity * unit)


def pnl_of(side: str, quantity: float, entry_price: float, exit_price: float, fees: float) -> float:
    """The result in the currency of the prices, after fees."""
    return SIDES[side] * (exit_price - entry_price) * quantity - fees


def whole_minutes(entry_ms: int, exit_ms: int) -> tuple[int, int]:
    """[start, end) of the minutes that lie wholly inside a trade: of the minutes in which it was
    entered and left, part of the range belongs to before or after."""
    start = -(-entry_ms // MINUTE_MS) * MINUTE_MS
    return start, max(start, exit_ms // MINUTE_MS * MINUTE_MS)


def excursion(
    *,
    side: str,
    entry_price: float,
    exit_price: float | None,
    unit: float,
    high: Float64,
    low: Float64,
) -> Excursion:
    """MFE and MAE from the highs and lows of the minutes inside a trade, and from its exit."""
    best = max([entry_price, *([] if exit_price is None else [exit_price])])
    worst = min([entry_price, *([] if exit_price is None else [exit_price])])
    if len(high):
        best, worst = max(best, float(high.max())), min(worst, float(low.min()))
    up, down = (best - entry_price) / unit, (entry_price - worst) / unit
    return Excursion(up, down) if side == "long" else Excursion(down, up)
