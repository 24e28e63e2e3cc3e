"""The evaluator: ``step`` decides about one closed bar, ``scan`` is a compiled loop over it.

Everything that fires, live or in a backtest, comes out of ``advance`` below.

    rules = compile_rules(["ltp_breakout", RuleSpec("ema_cross", {"fast": 9})], timeframe="1m")
    state = new_state()
    triggers = scan(bars, rules, state)      # many bars at once
    triggers = step(bar, rules, state)       # one more bar, same state, same bytes

Triggers are arrays of records of type ``coach.engine.layout.TRIGGER``, in order of time and,
within a bar, of rule id; ``coach.engine.triggers`` turns them into Python objects. A state is an
array with one record of type ``coach.engine.registry.STATE``: zeros are the state before the first
bar, a copy is a snapshot.

A plain scan starts where its bars start. The state of a bar is *defined* by its anchor, so drivers
use ``coach.engine.run`` (batch) and ``coach.engine.live`` (bar by bar), which handle anchors.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.engine.bars import Bar, Bars, Columns, typed_columns
from coach.engine.columns import BARS, bar_at
from coach.engine.emit import emit
from coach.engine.indicators import is_ready, update
from coach.engine.jit import column, ensure, entry, f8, i8, inner, records
from coach.engine.layout import TRIGGER, Record, RecordArray
from coach.engine.registry import PARAMS, STATE, apply_rules
from coach.engine.ruleset import RuleSet

NO_TRIGGERS: RecordArray = np.zeros(0, TRIGGER)
NO_TRIGGERS.setflags(write=False)

_STATES, _PARAMS, _TRIGGERS = records(STATE), records(PARAMS), records(TRIGGER)


@inner
def advance(p: Record, s: Record, bar: Bar) -> int:
    """One closed bar into the state; returns how many rules fired, noted in the state.

    No array is passed: its reference count is an atomic variable, dearer than a rule.
    """
    update(s.core, bar)
    fired = apply_rules(p, s)
    return fired if fired > 0 and is_ready(s.core) else 0


@entry(_PARAMS, _STATES, _TRIGGERS, i8, f8, f8, f8, f8, f8, f8, i8, i8, i8)
def step_kernel(  # noqa: PLR0913, PLR0917 - a tuple of Python numbers costs more to unpack than the bar itself
    params: RecordArray,
    states: RecordArray,
    out: RecordArray,
    ts: int,
    open_: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    vwap: float,
    session_day: int,
    session_open: int,
    session_close: int,
) -> int:
    """One bar into every state; triggers of the first state to ``out``; returns their number."""
    bar = Bar(ts, open_, high, low, close, volume, vwap, session_day, session_open, session_close)
    for k in range(1, states.shape[0]):
        advance(params[0], states[k], bar)
    fired = advance(params[0], states[0], bar)
    for k in range(fired):
        emit(out[k], states[0], params[0].timeframe_ms, k)
    return fired


@entry(_PARAMS, _STATES, _TRIGGERS, i8, BARS, i8)
def scan_kernel(
    params: RecordArray,
    states: RecordArray,
    out: RecordArray,
    limit: int,
    bars: Columns,
    emit_from: int,
) -> tuple[int, int]:
    """All bars; (bars done, triggers written); pauses with more than ``limit`` written."""
    p, s = params[0], states[0]
    n = 0
    for i in range(bars.ts.shape[0]):
        if n > limit:
            return i, n
        fired = advance(p, s, bar_at(bars, i))
        if i >= emit_from:
            for k in range(fired):
                emit(out[n], s, p.timeframe_ms, k)
                n += 1
    return bars.ts.shape[0], n


@entry(_PARAMS, _STATES, i8, _TRIGGERS, column("i8", writable=True), column("i8"), BARS)
def many_kernel(
    params: RecordArray,
    states: RecordArray,
    shadow: int,
    out: RecordArray,
    positions: NDArray[np.int64],
    rows: NDArray[np.int64],
    bars: Columns,
) -> int:
    """Bar i into ``states[rows[i]]`` and, in silence, ``states[rows[i] + shadow]`` if that is > 0.

    The i of each trigger goes to ``positions``; returns the number of triggers.
    """
    n = 0
    for i in range(rows.shape[0]):
        bar = bar_at(bars, i)
        s = states[rows[i]]
        if shadow > 0:
            advance(params[0], states[rows[i] + shadow], bar)
        fired = advance(params[0], s, bar)
        for k in range(fired):
            emit(out[n], s, params[0].timeframe_ms, k)
            positions[n] = i
            n += 1
    return n


@entry(_STATES, column("f8", 2, writable=True), BARS, i8)
def indicators_kernel(
    states: RecordArray, out: NDArray[np.float64], bars: Columns, keep_from: int
) -> None:
    """All bars through the core alone; its chart lines from ``keep_from`` on to ``out``."""
    x = states[0].core
    for i in range(bars.ts.shape[0]):
        update(x, bar_at(bars, i))
        if i >= keep_from:
            k = i - keep_from
            out[0, k], out[1, k] = x.ema20.value, x.ema50.value
            out[2, k], out[3, k] = x.vwap, x.atr


INDICATORS = ("ema20", "ema50", "vwap", "atr")
"""Rows of the array that ``indicators_kernel`` fills."""


def new_state(count: int = 1, *, warm: bool = True) -> RecordArray:
    """States before their first bar. ``warm`` is what their triggers will say of themselves."""
    state = np.zeros(count, STATE)
    state["core"]["cold"] = 0 if warm else 1
    return state


def step(
    bar: Bar, ruleset: RuleSet, state: RecordArray, out: RecordArray | None = None
) -> RecordArray:
    """Evaluate one closed bar; returns its triggers (``NO_TRIGGERS``, a constant, if none).

    ``state`` comes from ``new_state`` and is changed in place. ``out`` is room for a trigger of
    each rule, for callers who do not want it allocated anew; what is returned is a copy.
    """
    ensure(step_kernel)
    if out is None:
        out = np.zeros(len(ruleset.rules), TRIGGER)
    count = step_kernel(ruleset.params, state, out, *bar)
    return out[:count].copy() if count else NO_TRIGGERS


def scan(
    bars: Bars,
    ruleset: RuleSet,
    state: RecordArray,
    *,
    start: int = 0,
    emit_from: int | None = None,
    stop: int | None = None,
) -> RecordArray:
    """Evaluate bars [start, stop); returns the triggers of bars from ``emit_from`` on.

    ``state`` is changed in place; scanning on with the same state continues where this ended.
    """
    ensure(scan_kernel)
    end = len(bars) if stop is None else stop
    first = start if emit_from is None else emit_from
    parts, at = [], start
    while at < end:
        capacity = max(64, (end - max(at, first)) // 6) + len(ruleset.rules)
        out = np.zeros(capacity, TRIGGER)
        limit = capacity - len(ruleset.rules)
        rest = bars.slice(at, end).columns
        done, count = scan_kernel(ruleset.params, state, out, limit, rest, first - at)
        at += done
        parts.append(out[:count])
    return _joined(parts)


def step_many(
    columns: Columns,
    rows: NDArray[np.int64],
    ruleset: RuleSet,
    states: RecordArray,
    *,
    shadow: int = 0,
) -> tuple[RecordArray, NDArray[np.int64]]:
    """Evaluate one closed bar each of many symbols: bar i with ``states[rows[i]]``.

    With ``shadow``, bar i goes in silence to ``states[rows[i] + shadow]`` too. Returns the triggers
    and, for each, the position i of its bar.

    Raises:
        ValueError: not one row a bar, or a row outside the states.
    """
    ensure(many_kernel)
    typed = typed_columns(columns)
    if len(typed.ts) != len(rows):
        raise ValueError(f"{len(typed.ts)} bars for {len(rows)} rows")
    if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(states) - shadow:
        raise ValueError(f"rows must lie in [0, {len(states) - shadow})")
    out = np.zeros(len(rows) * len(ruleset.rules), TRIGGER)
    positions = np.zeros(len(out), np.int64)
    rows = np.ascontiguousarray(rows, np.int64)
    count = many_kernel(ruleset.params, states, shadow, out, positions, rows, typed)
    return out[:count], positions[:count]


def scan_indicators(
    bars: Bars, *, start: int = 0, keep_from: int | None = None, stop: int | None = None
) -> NDArray[np.float64]:
    """Chart lines of bars [keep_from, stop) of a scan from ``start``: shape (4, bars).

    Rows as ``INDICATORS``; NaN where an indicator has not enough bars. They are the evaluator's
    own: the functions, the order and so the bytes of the values that the rules see.
    """
    ensure(indicators_kernel)
    end = len(bars) if stop is None else stop
    first = start if keep_from is None else keep_from
    out = np.full((len(INDICATORS), max(0, end - first)), math.nan)
    columns = bars.slice(start, end).columns
    indicators_kernel(new_state(), out, columns, first - start)
    return out


def _joined(parts: Sequence[RecordArray]) -> RecordArray:
    if not parts:
        return NO_TRIGGERS
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
