"""vectorbt's signals on the same bars; runs in an environment of its own (``.bench-venv``).

Reads an .npz with high, low, close, volume, day; writes one with its crossings; prints each
repetition's seconds (processor, wall) as JSON. It computes less than the evaluator: no run lengths,
no confidence, no regime, no order, which counts in its favour.
"""

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt


def signals(
    high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series, day: pd.Series
) -> dict[str, Any]:
    """Entries of EMA20/50 cross and 20-bar breakout, both ways, and crossings of session VWAP."""
    fast = vbt.MA.run(close, 20, ewm=True)
    slow = vbt.MA.run(close, 50, ewm=True)
    top = high.vbt.rolling_max(20, minp=20).shift(1)
    bottom = low.vbt.rolling_min(20, minp=20).shift(1)
    typical = (high + low + close) / 3.0
    vwap = (typical * volume).groupby(day).cumsum() / volume.groupby(day).cumsum()
    above, below = close > top, close < bottom
    return {
        "ema_up": fast.ma_crossed_above(slow).to_numpy(),
        "ema_down": fast.ma_crossed_below(slow).to_numpy(),
        "break_up": (above & ~above.shift(1, fill_value=False)).to_numpy(),
        "break_down": (below & ~below.shift(1, fill_value=False)).to_numpy(),
        "vwap_up": close.vbt.crossed_above(vwap).to_numpy(),
        "vwap_down": close.vbt.crossed_below(vwap).to_numpy(),
    }


def main(source: str, target: str, repetitions: int) -> None:
    """Measure, and store the signals of the last repetition."""
    stored = np.load(source)
    columns = {name: pd.Series(stored[name]) for name in stored.files}
    found = signals(**columns)  # compiles
    seconds = []
    for _ in range(repetitions):
        wall, cpu = time.perf_counter(), time.process_time()
        found = signals(**columns)
        seconds.append((time.process_time() - cpu, time.perf_counter() - wall))
    np.savez(target, **found)
    print(json.dumps({"version": vbt.__version__, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
