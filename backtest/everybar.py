"""What an entry at each bar would have come to: the ground that chance is measured on.

The engine's own outcome, begun at every evaluated bar in both directions with the evaluator's own
ATR. It depends on bars alone, so a sweep computes it once for all variants.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.resampling import EveryBar, Int32
from backtest.statistics import MICRO, R_MAX, R_MIN, Float64
from coach.engine.bars import Bars, Columns
from coach.engine.columns import BARS, bar_at
from coach.engine.jit import column, ensure, entry, i8, inner, records
from coach.engine.kernel import INDICATORS, scan_indicators
from coach.engine.layout import Record, RecordArray, timeframe_ms
from coach.engine.outcome import CLOSED, HORIZON, OUTCOME, PENDING, advance, begin, expire
from coach.engine.run import Block

_NOWHERE: Final = -(2**31)
_CHUNK = 1 << 16


@inner
def _closed_r(
    o: Record, bars: Columns, at: int, direction: int, unit: float, step_ms: int, now: int
) -> int:
    """Clipped R in millionths of an entry after the bar at ``at``, or ``_NOWHERE``."""
    o.status, o.bars, o.matured = PENDING, 0, 0
    begin(o, direction, unit, bar_at(bars, at), step_ms)
    last = bars.ts.shape[0]
    # With a whole horizon of bars behind it an exit is final; near the end of the data an outcome
    # counts only if its horizon has passed, since what resolves early is mostly stops.
    final = at + HORIZON < last
    i = at + 1
    while o.matured == 0 and i < last and not (final and o.status == CLOSED):
        advance(o, bar_at(bars, i), step_ms)
        i += 1
    expire(o, now)
    if o.status != CLOSED or not (final or o.matured == 1):
        return _NOWHERE
    clipped: float = min(max(o.r, R_MIN), R_MAX)
    return round(clipped * MICRO)


@entry(
    records(OUTCOME),
    BARS,
    column("f8"),
    i8,
    i8,
    i8,
    column("i4", writable=True),
    column("i4", writable=True),
)
def every_bar_kernel(
    scratch: RecordArray,
    bars: Columns,
    atr: Float64,
    first: int,
    step_ms: int,
    now: int,
    long: Int32,
    short: Int32,
) -> None:
    """Fill ``long`` and ``short`` for the bars from ``first`` on, one for each value of ``atr``."""
    for k in range(atr.shape[0]):
        if atr[k] > 0.0:
            long[k] = _closed_r(scratch[0], bars, first + k, 1, atr[k], step_ms, now)
            short[k] = _closed_r(scratch[0], bars, first + k, -1, atr[k], step_ms, now)
        else:
            long[k] = short[k] = _NOWHERE


def block_atr(bars: Bars, block: Block) -> Float64:
    """ATR14 of the bars of a block's [start, stop), from the evaluator; NaN where it has none."""
    lines = scan_indicators(bars, start=block.first, keep_from=block.start, stop=block.stop)
    return np.ascontiguousarray(lines[INDICATORS.index("atr")])


def every_bar(
    bars: Bars, blocks: Sequence[Block], timeframe: str, *, as_of: int, pool: Executor
) -> EveryBar:
    """R of an entry at each bar of the blocks' windows, doubled for shifting."""
    ensure(every_bar_kernel)
    if not blocks:
        nothing = np.zeros(0, np.int32)
        return EveryBar(nothing, nothing, np.zeros(0, np.int64))
    first, stop = blocks[0].start, blocks[-1].stop
    atr = np.concatenate(list(pool.map(lambda block: block_atr(bars, block), blocks)))
    sides = np.empty((2, stop - first), np.int32)

    def fill(at: int) -> None:
        end = min(at + _CHUNK, stop - first)
        every_bar_kernel(
            np.zeros(1, OUTCOME),
            bars.columns,
            atr[at:end],
            first + at,
            timeframe_ms(timeframe),
            as_of,
            sides[0, at:end],
            sides[1, at:end],
        )

    list(pool.map(fill, range(0, stop - first, _CHUNK)))
    return _usable(sides).doubled()


def _usable(sides: NDArray[np.int32]) -> EveryBar:
    """A bar counts only if both directions have an outcome, so that chance favours neither."""
    nowhere = (sides == _NOWHERE).any(axis=0)
    sides[:, nowhere] = 0
    return EveryBar(sides[0], sides[1], np.flatnonzero(nowhere))
