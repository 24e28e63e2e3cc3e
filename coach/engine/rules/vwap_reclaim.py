"""VWAP reclaim: after a run of closes on one side, the close takes back the session's VWAP.

Long at t when ``close[t] > VWAP[t] + bufferAtr * ATR[t]`` after at least ``minBars`` closes below
VWAP. The run counts bars before t with close < VWAP since the last fire, session start or close
above the band, from the first bar with VWAP and ATR; a close between VWAP and the band changes
nothing; no fire in the session's first ``skipBars`` bars. Short is the mirror image, with its own
run.
"""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.jit import inner
from coach.engine.layout import MAX_PERIOD, Record, record

STATE = record(("run_below", "i8"), ("run_above", "i8"))


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar: (direction or 0, level). Without VWAP or ATR every comparison is false."""
    if x.session_bar == 0:
        s.run_below = 0
        s.run_above = 0
    if not x.vwap + x.atr > 0.0:
        return 0, 0.0
    buffer = p.buffer_atr * x.atr
    may_fire = x.session_bar >= p.skip_bars
    direction = 0
    if above(x.close, x.vwap + buffer, x.close):
        if may_fire and s.run_below >= p.min_bars:
            direction = 1
        s.run_below = 0
    elif above(x.vwap - buffer, x.close, x.close):
        if may_fire and s.run_above >= p.min_bars:
            direction = -1
        s.run_above = 0
    if above(x.vwap, x.close, x.close):
        s.run_below += 1
    elif above(x.close, x.vwap, x.close):
        s.run_above += 1
    return direction, x.vwap


RULE = Rule(
    rule_id="vwap_reclaim",
    version=1,
    title="VWAP reclaim",
    description="After a run of closes on one side of the session's VWAP, the close takes it back.",
    parameters=(
        Parameter(
            "minBars",
            "Minimum run",
            "Closes on the other side before the reclaim.",
            3,
            1,
            MAX_PERIOD,
        ),
        Parameter("bufferAtr", "Buffer", "Distance beyond VWAP, in ATR14.", 0.05, 0.0, 10.0),
        Parameter(
            "skipBars",
            "Skip at the open",
            "First bars of the session that never fire.",
            5,
            0,
            MAX_PERIOD,
        ),
    ),
    state=STATE,
    step=step,
    why_long="Closed {close}, back above VWAP {level} after {minBars} or more closes below",
    why_short="Closed {close}, back below VWAP {level} after {minBars} or more closes above",
    session_rule=True,
)
