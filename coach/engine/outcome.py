"""Outcome of a trigger by the triple-barrier method, live and in backtests by the same function.

Entry is the next bar's open, the unit ATR14 at the trigger; take profit +1.5 units, stop -1 unit,
horizon 30 bars or the session's last bar (on ``1d`` sessions do not end an outcome). R is in units,
after a cost of 0.05.

Source: M. Lopez de Prado, "Advances in Financial Machine Learning", 2018, chapter 3.
"""

import math
from enum import IntEnum

import numpy as np

from coach.engine.bars import Bar, Bars, Columns
from coach.engine.columns import BARS, bar_at
from coach.engine.compare import above
from coach.engine.jit import column, ensure, entry, i8, inner, records
from coach.engine.layout import DAY_MS, TRIGGER, Record, RecordArray, record, timeframe_ms

VERSION = "triple-barrier-v1"
TAKE_PROFIT, STOP_LOSS, COST = 1.5, 1.0, 0.05
HORIZON = 30
NEUTRAL_R = 0.25


class Status(IntEnum):
    """Where an outcome stands: waiting for its entry bar, running, finished, or never to be."""

    PENDING = 0
    OPEN = 1
    CLOSED = 2
    NONE = 3


class Reason(IntEnum):
    """What ended it. TIMEOUT: the horizon, or the session's last bar."""

    NONE = 0
    TARGET = 1
    STOP = 2
    TIMEOUT = 3


class Verdict(IntEnum):
    """The automatic label of a closed outcome."""

    BAD = -1
    NEUTRAL = 0
    GOOD = 1


PENDING, OPEN, CLOSED, NONE = (int(each) for each in Status)
TARGET, STOP, TIMEOUT = int(Reason.TARGET), int(Reason.STOP), int(Reason.TIMEOUT)

OUTCOME = record(
    ("trigger_ts", "i8"),
    ("entry_ts", "i8"),
    ("exit_ts", "i8"),
    ("matured_ts", "i8"),
    ("last_ts", "i8"),
    ("session_close", "i8"),
    ("unit", "f8"),
    ("entry", "f8"),
    ("stop", "f8"),
    ("target", "f8"),
    ("exit", "f8"),
    ("r", "f8"),
    ("mfe", "f8"),
    ("mae", "f8"),
    ("last_close", "f8"),
    ("session_day", "i4"),
    ("bars", "i4"),
    ("hold_bars", "i4"),
    ("status", "i1"),
    ("reason", "i1"),
    ("verdict", "i1"),
    ("direction", "i1"),
    ("ambiguous", "i1"),
    ("matured", "i1"),
    ("daily", "i1"),
    ("spare", "i1"),
    ("spare2", "i4"),
)
"""One outcome; also the state of a running one.

``entry_ts`` and ``exit_ts`` are open times of bars (0 until known), prices NaN until known, ``r``
after cost, ``mfe`` and ``mae`` in units, both >= 0 and before cost. ``bars`` counts bars since the
trigger, ``hold_bars`` those until the exit. ``matured``: the horizon has passed, at market time
``matured_ts``; only then does it count for learning, however early it resolved.
"""

_OUTCOMES = records(OUTCOME)


@inner
def begin(o: Record, direction: int, unit: float, bar: Bar, step_ms: int) -> None:
    """Start the outcome of a trigger at ``bar`` (its closed bar)."""
    o.trigger_ts = bar.ts
    o.direction = direction
    o.unit = unit
    o.entry = o.stop = o.target = o.exit = o.r = math.nan
    o.last_close = math.nan
    o.session_day = bar.session_day
    o.session_close = bar.session_close
    o.daily = 1 if step_ms == DAY_MS else 0
    if o.daily == 0 and bar.ts + step_ms >= bar.session_close:
        end_session(o)


@inner
def end_session(o: Record) -> None:
    """The session is over and had no bar after the last one seen: exit at its close."""
    if o.matured == 1:
        return
    if o.bars == 0:
        o.status = NONE
    elif o.status == OPEN:
        _exit(o, o.last_close, _gross(o, o.last_close), TIMEOUT, o.last_ts)
    o.matured = 1
    o.matured_ts = o.session_close


@inner
def _gross(o: Record, price: float) -> float:
    """R before cost of an exit at a price; exactly the barrier's own where a barrier fills."""
    gross: float = o.direction * (price - o.entry) / o.unit
    return gross


@inner
def _exit(o: Record, price: float, gross: float, reason: int, ts: int) -> None:
    o.exit, o.exit_ts = price, ts
    o.reason, o.hold_bars = reason, o.bars
    o.r = gross - COST
    o.status = CLOSED
    if reason == TARGET or (reason == TIMEOUT and not above(NEUTRAL_R, o.r, 1.0)):
        o.verdict = 1
    elif reason == STOP or (reason == TIMEOUT and not above(o.r, -NEUTRAL_R, 1.0)):
        o.verdict = -1


@inner
def _enter(o: Record, bar: Bar) -> None:
    o.entry, o.entry_ts = bar.open, bar.ts
    o.stop = bar.open - o.direction * STOP_LOSS * o.unit
    o.target = bar.open + o.direction * TAKE_PROFIT * o.unit
    o.status = OPEN


@inner
def _excursions(o: Record, favourable: float, adverse: float) -> None:
    o.mfe = max(o.mfe, favourable)
    o.mae = max(o.mae, adverse)


@inner
def _barriers(o: Record, bar: Bar) -> None:
    """Walk one bar of an open outcome: gap, stop, target, horizon, in this order."""
    side = float(o.direction)
    best, worst = (bar.high, bar.low) if side > 0.0 else (bar.low, bar.high)
    scale = bar.close
    at_target = not above(side * o.target, side * best, scale)
    at_stop = not above(side * worst, side * o.stop, scale)
    price, gross, reason = math.nan, 0.0, 0
    if o.bars > 1 and above(side * o.stop, side * bar.open, scale):
        price, gross, reason = bar.open, _gross(o, bar.open), STOP
    elif o.bars > 1 and above(side * bar.open, side * o.target, scale):
        price, gross, reason = bar.open, _gross(o, bar.open), TARGET
    elif at_stop:
        price, gross, reason = o.stop, -STOP_LOSS, STOP
        o.ambiguous = 1 if at_target else 0
    elif at_target:
        price, gross, reason = o.target, TAKE_PROFIT, TARGET
    favourable = side * (best - o.entry) / o.unit
    adverse = side * (o.entry - worst) / o.unit
    if reason == 0:
        _excursions(o, favourable, adverse)
        if o.bars == HORIZON:
            _exit(o, bar.close, _gross(o, bar.close), TIMEOUT, bar.ts)
        return
    _excursions(o, min(favourable, gross), min(adverse, -gross))
    _exit(o, price, gross, reason, bar.ts)


@inner
def advance(o: Record, bar: Bar, step_ms: int) -> None:
    """Take one closed bar after the trigger into an outcome; a matured one does not change."""
    if o.matured == 1:
        return
    if o.daily == 0 and bar.session_day != o.session_day:
        end_session(o)
        return
    o.bars += 1
    if o.status == PENDING:
        _enter(o, bar)
    if o.status == OPEN:
        _barriers(o, bar)
    o.last_close, o.last_ts = bar.close, bar.ts
    end = bar.session_close if o.daily == 1 else min(bar.ts + step_ms, bar.session_close)
    if o.bars == HORIZON:
        o.matured, o.matured_ts = 1, end
    elif o.daily == 0 and end >= bar.session_close:
        end_session(o)


@inner
def expire(o: Record, now: int) -> None:
    """The market clock has reached ``now``: past the session's close its last bar is known."""
    if o.daily == 0 and now >= o.session_close:
        end_session(o)


@entry(_OUTCOMES, column("i8"), records(TRIGGER), BARS, i8, i8)
def outcomes_kernel(
    out: RecordArray,
    positions: np.ndarray,
    triggers: RecordArray,
    bars: Columns,
    step_ms: int,
    now: int,
) -> None:
    """Outcome of each trigger, whose bar is at its position."""
    for k in range(positions.shape[0]):
        at = positions[k]
        o = out[k]
        begin(o, triggers[k].direction, triggers[k].atr, bar_at(bars, at), step_ms)
        i = at + 1
        while o.matured == 0 and i < bars.ts.shape[0]:
            advance(o, bar_at(bars, i), step_ms)
            i += 1
        expire(o, now)


@entry(_OUTCOMES, records(TRIGGER), BARS, i8)
def begin_kernel(out: RecordArray, triggers: RecordArray, bars: Columns, step_ms: int) -> None:
    """Start the outcomes of triggers that all fired on one bar (row 0)."""
    for k in range(triggers.shape[0]):
        begin(out[k], triggers[k].direction, triggers[k].atr, bar_at(bars, 0), step_ms)


@entry(_OUTCOMES, BARS, i8)
def advance_kernel(out: RecordArray, bars: Columns, step_ms: int) -> None:
    """One bar (row 0) into running outcomes."""
    bar = bar_at(bars, 0)
    for k in range(out.shape[0]):
        advance(out[k], bar, step_ms)


@entry(_OUTCOMES, i8)
def expire_kernel(out: RecordArray, now: int) -> None:
    """The market clock into running outcomes."""
    for k in range(out.shape[0]):
        expire(out[k], now)


def outcomes(
    bars: Bars, triggers: RecordArray, timeframe: str, *, as_of: int | None = None
) -> RecordArray:
    """Outcome (type ``OUTCOME``) of each trigger, read past the run's end to its horizon.

    ``as_of``: market time up to which ``bars`` are complete (default: the last bar's end); a
    session whose close lies before it is known to be over.

    Raises:
        ValueError: a trigger without its bar among ``bars``.
    """
    ensure(outcomes_kernel)
    step_ms = timeframe_ms(timeframe)
    positions = trigger_positions(bars, triggers)
    now = as_of if as_of is not None else (int(bars.ts[-1]) + step_ms if len(bars) else 0)
    out = np.zeros(len(triggers), OUTCOME)
    outcomes_kernel(out, positions, np.ascontiguousarray(triggers), bars.columns, step_ms, now)
    return out


def trigger_positions(bars: Bars, triggers: RecordArray) -> np.ndarray:
    """Position in ``bars`` of each trigger's bar.

    Raises:
        ValueError: a trigger without its bar.
    """
    positions = np.searchsorted(bars.ts, triggers["ts"])
    inside = positions < len(bars)
    found = (
        inside & (bars.ts[np.where(inside, positions, 0)] == triggers["ts"])
        if len(bars)
        else inside
    )
    if not found.all():
        missing = int(triggers["ts"][np.flatnonzero(~found)[0]])
        raise ValueError(f"no bar at ts {missing} for a trigger")
    return positions.astype(np.int64)
