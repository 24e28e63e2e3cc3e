"""Prior day break: the close leaves the range of the session before.

Long at t when ``close[t] > high of the previous session + bufferAtr * ATR[t]`` and no close has
been above that band since the session's start or since the last close at or below the high (so chop
around the line fires once). Short is the mirror image. The previous session is the last one with
bars.
"""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.indicators import is_ready
from coach.engine.jit import inner
from coach.engine.layout import Record, record

STATE = record(
    ("high", "f8"),
    ("low", "f8"),
    ("prior_high", "f8"),
    ("prior_low", "f8"),
    ("sessions", "i8"),  # sessions begun; the first may have lost its head, so it only measures
    ("armed_long", "i8"),
    ("armed_short", "i8"),
)


@inner
def _begin_session(x: Record, s: Record) -> None:
    s.prior_high, s.prior_low = s.high, s.low
    s.high, s.low = x.high, x.low
    s.sessions += 1
    s.armed_long = 1 if s.sessions > 1 else 0
    s.armed_short = s.armed_long


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level)."""
    if x.session_bar == 0:
        _begin_session(x, s)
    s.high = max(s.high, x.high)
    s.low = min(s.low, x.low)
    if s.sessions < 2 or not is_ready(x):
        return 0, 0.0
    buffer = p.buffer_atr * x.atr
    direction, level = 0, 0.0
    if above(x.close, s.prior_high + buffer, x.close):
        if s.armed_long == 1:
            direction, level = 1, s.prior_high
        s.armed_long = 0
    elif not above(x.close, s.prior_high, x.close):
        s.armed_long = 1
    if above(s.prior_low - buffer, x.close, x.close):
        if s.armed_short == 1:
            direction, level = -1, s.prior_low
        s.armed_short = 0
    elif not above(s.prior_low, x.close, x.close):
        s.armed_short = 1
    return direction, level


RULE = Rule(
    rule_id="prior_day_break",
    version=1,
    title="Prior day break",
    description="The close leaves the previous session's range, above its high or below its low.",
    parameters=(
        Parameter(
            "bufferAtr",
            "Buffer",
            "Distance beyond the prior high or low, in ATR14.",
            0.05,
            0.0,
            10.0,
        ),
    ),
    state=STATE,
    step=step,
    why_long="Closed {close}, above the prior day's high {level}",
    why_short="Closed {close}, below the prior day's low {level}",
    session_rule=True,
)
