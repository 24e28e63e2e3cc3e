"""Regime of the market at a bar: trend or range, and low, normal or high volatility. Causal.

Each half has hysteresis and a minimum stay: a state may be left from its 4th bar on, counting the
entering bar as its 1st. Each half is unknown on its own while its input is NaN.
"""

from coach.engine.compare import above
from coach.engine.jit import inner
from coach.engine.layout import Record, Trend, Volatility, record

TREND_ENTER, TREND_LEAVE = 0.36, 0.22
HIGH_ENTER, HIGH_LEAVE = 1.25, 1.10
LOW_ENTER, LOW_LEAVE = 0.80, 0.90
STAY = 4

T_UNKNOWN, T_RANGE, T_TREND = int(Trend.UNKNOWN), int(Trend.RANGE), int(Trend.TREND)
V_UNKNOWN, V_LOW = int(Volatility.UNKNOWN), int(Volatility.LOW)
V_NORMAL, V_HIGH = int(Volatility.NORMAL), int(Volatility.HIGH)

REGIME = record(
    ("trend", "i8"), ("trend_bars", "i8"), ("volatility", "i8"), ("volatility_bars", "i8")
)


@inner
def update_trend(regime: Record, net: float, path: float) -> None:
    """Take one bar into the trend half: ER20 = net / path, 0 where nothing moved.

    The thresholds are compared with ``net`` instead of dividing, at the same relative tolerance.
    """
    moved = path > 0.0
    entered = moved and not above(TREND_ENTER * path, net, path)
    if regime.trend == T_UNKNOWN:
        regime.trend = T_TREND if entered else T_RANGE
        regime.trend_bars = 1
        return
    regime.trend_bars += 1
    if regime.trend_bars < STAY:
        return
    if regime.trend == T_RANGE:
        if entered:
            regime.trend = T_TREND
            regime.trend_bars = 1
    elif not moved or above(TREND_LEAVE * path, net, path):
        regime.trend = T_RANGE
        regime.trend_bars = 1


@inner
def _volatility_target(current: int, share: float, usual: float) -> int:
    if current == V_HIGH and not above(HIGH_LEAVE * usual, share, usual):
        return V_HIGH
    if current == V_LOW and not above(share, LOW_LEAVE * usual, usual):
        return V_LOW
    if not above(HIGH_ENTER * usual, share, usual):
        return V_HIGH
    if not above(share, LOW_ENTER * usual, usual):
        return V_LOW
    return V_NORMAL


@inner
def update_volatility(regime: Record, share: float, usual: float) -> None:
    """Take one bar into the volatility half: v = share / usual, ATR14/close over its EMA390.

    Nothing has ever moved while ``usual`` is 0: v is undefined, the half stays unknown.
    """
    if not usual > 0.0:
        return
    if regime.volatility == V_UNKNOWN:
        regime.volatility = V_NORMAL
        regime.volatility_bars = 1
        return
    regime.volatility_bars += 1
    if regime.volatility_bars < STAY:
        return
    target = _volatility_target(regime.volatility, share, usual)
    if target != regime.volatility:
        regime.volatility = target
        regime.volatility_bars = 1
