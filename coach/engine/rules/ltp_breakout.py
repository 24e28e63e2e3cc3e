"""LTP breakout: the close leaves the range of the bars before it.

Long at t when ``close[t] > L[t]`` and not ``close[t-1] > L[t-1]``, with
``L[t] = max(high[t-lookback .. t-1]) + bufferAtr * ATR[t-1]``. LTP is the last traded price, on a
closed bar its close. Short is the mirror image.
"""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record
from coach.engine.rolling import EXTREMA, highest, lowest, push_extrema

# armed: the bar before had a level and its close was not beyond it
STATE = record(("window", EXTREMA), ("armed_long", "i8"), ("armed_short", "i8"))


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level)."""
    buffer = p.buffer_atr * x.prev_atr
    upper = highest(s.window) + buffer
    lower = lowest(s.window) - buffer
    is_above = above(x.close, upper, x.close)
    is_below = above(lower, x.close, x.close)
    direction = (is_above & s.armed_long) - (is_below & s.armed_short)
    defined = upper >= lower
    s.armed_long = defined & (not is_above)
    s.armed_short = defined & (not is_below)
    push_extrema(s.window, x.high, x.low, p.lookback)
    return direction, upper if direction > 0 else lower


RULE = Rule(
    rule_id="ltp_breakout",
    version=1,
    title="LTP breakout",
    description="The close leaves the range between the lookback's highest high and lowest low.",
    parameters=(
        Parameter(
            "lookback", "Lookback", "Bars before this one that form the range.", 20, 2, MAX_PERIOD
        ),
        Parameter(
            "bufferAtr",
            "Buffer",
            "Distance beyond the range, in ATR14 of the bar before.",
            0.0,
            0.0,
            10.0,
        ),
    ),
    state=STATE,
    step=step,
    why_long="Closed {close}, above the {lookback}-bar high {level}",
    why_short="Closed {close}, below the {lookback}-bar low {level}",
)
