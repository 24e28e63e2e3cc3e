"""Opening range breakout: the first close of the session beyond the range of its first minutes.

The range is the highest high and lowest low of the session's bars that open before
``session open + rangeMinutes``. Long at t, once a session, at the first close after the range with
``close[t] > high + bufferAtr * ATR[t]``. Short is the mirror image. A session without a bar in the
range is silent.

Source: T. Crabel, "Day Trading with Short Term Price Patterns and Opening Range Breakout", 1990.
"""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.indicators import is_ready
from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record

# open_long: the range is there and has not been broken upwards in this session
STATE = record(("high", "f8"), ("low", "f8"), ("open_long", "i8"), ("open_short", "i8"))


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level)."""
    in_range = x.ts < x.session_open + p.range_minutes * 60_000
    if x.session_bar == 0:
        s.high, s.low = x.high, x.low
        s.open_long = s.open_short = 1 if in_range else 0
    if in_range:
        s.high = max(s.high, x.high)
        s.low = min(s.low, x.low)
        return 0, 0.0
    if not is_ready(x):
        return 0, 0.0
    buffer = p.buffer_atr * x.atr
    if s.open_long == 1 and above(x.close, s.high + buffer, x.close):
        s.open_long = 0
        return 1, s.high
    if s.open_short == 1 and above(s.low - buffer, x.close, x.close):
        s.open_short = 0
        return -1, s.low
    return 0, 0.0


RULE = Rule(
    rule_id="opening_range_breakout",
    version=1,
    title="Opening range breakout",
    description="The session's first close beyond the high or low of its first minutes.",
    parameters=(
        Parameter(
            "rangeMinutes", "Opening range", "Minutes from the session's open.", 30, 1, MAX_PERIOD
        ),
        Parameter("bufferAtr", "Buffer", "Distance beyond the range, in ATR14.", 0.0, 0.0, 10.0),
    ),
    state=STATE,
    step=step,
    why_long="Closed {close}, above the {rangeMinutes}-minute opening high {level}",
    why_short="Closed {close}, below the {rangeMinutes}-minute opening low {level}",
    session_rule=True,
)
