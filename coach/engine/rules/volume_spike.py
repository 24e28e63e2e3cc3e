"""Volume spike: a bar with unusual volume and a body that says who won.

Long at t when ``volume[t] > multiple * mean(volume of the lookback bars before t)`` and
``close[t] > open[t] + bodyAtr * ATR[t-1]``, and the bar before was not such a bar. The level is the
bar's open. Short is the mirror image.
"""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record
from coach.engine.rolling import MEAN, mean, push_mean

# armed: the bar before had a mean and an ATR, and was not a spike in this direction
STATE = record(("window", MEAN), ("armed_long", "i8"), ("armed_short", "i8"))


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level)."""
    usual = mean(s.window, p.lookback)
    body = p.body_atr * x.prev_atr
    heavy = above(x.volume, p.multiple * usual, x.volume)
    is_long = heavy and above(x.close, x.open + body, x.close)
    is_short = heavy and above(x.open - body, x.close, x.close)
    direction = (is_long & s.armed_long) - (is_short & s.armed_short)
    defined = usual + body >= 0.0
    s.armed_long = defined & (not is_long)
    s.armed_short = defined & (not is_short)
    push_mean(s.window, x.volume, p.lookback)
    return direction, x.open


RULE = Rule(
    rule_id="volume_spike",
    version=1,
    title="Volume spike",
    description="Volume far above its mean on a bar with a clear body, in the body's direction.",
    parameters=(
        Parameter("lookback", "Lookback", "Bars of the mean volume.", 20, 2, MAX_PERIOD),
        Parameter("multiple", "Multiple", "Times the mean volume.", 3.0, 1.0, 100.0),
        Parameter(
            "bodyAtr", "Body", "Least size of the body, in ATR14 of the bar before.", 0.5, 0.0, 10.0
        ),
    ),
    state=STATE,
    step=step,
    why_long="Closed {close}, above its open {level}, on {multiple}× the usual volume or more",
    why_short="Closed {close}, below its open {level}, on {multiple}× the usual volume or more",
)
