"""vectorbt on the same bars: EMA20/50 crosses, long and short; runs in `.bench-venv`.

Reads an .npz with open, high, low, close, volume; prints its crosses by bar and its seconds. The
first run compiles and is not counted.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import vectorbt as vbt


def crosses_of(close: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Crosses as signals, and a portfolio that is always on the side of the last one."""
    fast, slow = (vbt.MA.run(close, n, ewm=True) for n in (20, 50))
    up, down = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    vbt.Portfolio.from_signals(close, entries=up, short_entries=down, freq="1min").total_return()
    return up.to_numpy(), down.to_numpy()


def main(source: str) -> None:
    """Measure the second run."""
    stored = np.load(source)
    close = pd.Series(stored["close"], index=pd.to_datetime(stored["ts"], unit="ms"))
    crosses_of(close)
    wall, cpu = time.perf_counter(), time.process_time()
    up, down = crosses_of(close)
    seconds = (time.process_time() - cpu, time.perf_counter() - wall)
    found = [(int(at), 1) for at in np.flatnonzero(up)]
    found += [(int(at), -1) for at in np.flatnonzero(down)]
    print(json.dumps({"version": vbt.__version__, "seconds": seconds, "crosses": found}))


if __name__ == "__main__":
    main(sys.argv[1])
