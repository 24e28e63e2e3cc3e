"""EMA cross: the fast average crosses the slow one.

Long at t when ``d[t-1] <= 0 < d[t]``, ``d = EMA(fast) - EMA(slow)``. Short is the mirror image.
"""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.indicators import AVERAGE, update_ema
from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record

# armed: the bar before had both averages, and the fast one was not beyond the slow one
STATE = record(("fast", AVERAGE), ("slow", AVERAGE), ("armed_long", "i8"), ("armed_short", "i8"))


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level)."""
    update_ema(s.fast, x.close, p.fast)
    update_ema(s.slow, x.close, p.slow)
    is_above = above(s.fast.value, s.slow.value, x.close)
    is_below = above(s.slow.value, s.fast.value, x.close)
    direction = (is_above & s.armed_long) - (is_below & s.armed_short)
    defined = s.slow.count == p.slow
    s.armed_long = defined & (not is_above)
    s.armed_short = defined & (not is_below)
    return direction, s.slow.value


RULE = Rule(
    rule_id="ema_cross",
    version=1,
    title="EMA cross",
    description="The fast exponential moving average of the close crosses the slow one.",
    parameters=(
        Parameter("fast", "Fast period", "Bars of the fast average.", 20, 2, MAX_PERIOD - 1),
        Parameter("slow", "Slow period", "Bars of the slow average.", 50, 3, MAX_PERIOD),
    ),
    state=STATE,
    step=step,
    why_long="EMA{fast} crossed above EMA{slow} {level}, closed {close}",
    why_short="EMA{fast} crossed below EMA{slow} {level}, closed {close}",
    below=(("fast", "slow"),),
)
