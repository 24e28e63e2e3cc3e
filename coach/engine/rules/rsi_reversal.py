"""RSI reversal: the relative strength index leaves its extreme zone.

Long at t when ``RSI[t-1] <= oversold < RSI[t]``; the level is the lowest low since the RSI entered
the zone. Short is the mirror image at ``overbought``.

RSI is Wilder's, seeded with the mean of the first ``period`` gains and losses, as TA-Lib. While
nothing has moved it is undefined (TA-Lib says 0, which would make every first tick a reversal).

Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
"""

import math

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.indicators import AVERAGE, update_wilder
from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record

STATE = record(
    ("gains", AVERAGE),
    ("losses", AVERAGE),
    ("rsi", "f8"),
    ("low", "f8"),
    ("high", "f8"),
    ("in_low_zone", "i8"),
    ("in_high_zone", "i8"),
)


@inner
def _update_rsi(x: Record, p: Record, s: Record) -> None:
    s.rsi = math.nan
    if x.index == 0:
        return
    move = x.close - x.prev_close
    update_wilder(s.gains, max(move, 0.0), p.period)
    update_wilder(s.losses, max(-move, 0.0), p.period)
    if s.gains.count < p.period:
        return
    total = s.gains.value + s.losses.value
    if above(total, 0.0, x.close):
        s.rsi = 100.0 * s.gains.value / total


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level)."""
    _update_rsi(x, p, s)
    if not s.rsi >= 0.0:
        s.in_low_zone = s.in_high_zone = 0
        return 0, 0.0
    direction, level = 0, 0.0
    if above(s.rsi, p.oversold, 100.0):
        if s.in_low_zone == 1:
            direction, level = 1, min(s.low, x.low)
        s.in_low_zone = 0
    else:
        s.low = min(s.low, x.low) if s.in_low_zone == 1 else x.low
        s.in_low_zone = 1
    if above(p.overbought, s.rsi, 100.0):
        if s.in_high_zone == 1:
            direction, level = -1, max(s.high, x.high)
        s.in_high_zone = 0
    else:
        s.high = max(s.high, x.high) if s.in_high_zone == 1 else x.high
        s.in_high_zone = 1
    return direction, level


RULE = Rule(
    rule_id="rsi_reversal",
    version=1,
    title="RSI reversal",
    description="The relative strength index comes back out of its oversold or overbought zone.",
    parameters=(
        Parameter("period", "Period", "Bars of Wilder's average.", 14, 2, MAX_PERIOD),
        Parameter("oversold", "Oversold", "Long when the RSI rises above it.", 30.0, 1.0, 99.0),
        Parameter(
            "overbought", "Overbought", "Short when the RSI falls below it.", 70.0, 1.0, 99.0
        ),
    ),
    state=STATE,
    step=step,
    why_long="RSI{period} rose back above {oversold}; the low was {level}",
    why_short="RSI{period} fell back below {overbought}; the high was {level}",
    below=(("oversold", "overbought"),),
)
