"""backtrader on the same bars: EMA20/50 crosses, long and short; runs in `.bench-venv`.

Reads an .npz with open, high, low, close, volume; prints its crosses by bar and its seconds.
"""

import json
import sys
import time

import backtrader as bt
import numpy as np
import pandas as pd


class Cross(bt.Strategy):  # type: ignore[misc]  # untyped
    """Always in the market, on the side of the last cross."""

    def __init__(self) -> None:
        fast, slow = (bt.indicators.EMA(self.data.close, period=n) for n in (20, 50))
        self.cross = bt.indicators.CrossOver(fast, slow)
        self.crosses: list[tuple[int, int]] = []

    def next(self) -> None:
        """One closed bar."""
        if self.cross[0] != 0:
            side = int(self.cross[0])
            self.crosses.append((len(self.data) - 1, side))
            self.order_target_size(target=side)


def main(source: str) -> None:
    """Measure one run."""
    stored = np.load(source)
    columns = {name: stored[name] for name in ("open", "high", "low", "close", "volume")}
    frame = pd.DataFrame(columns, index=pd.to_datetime(stored["ts"], unit="ms"))
    wall, cpu = time.perf_counter(), time.process_time()
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(1e7)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Cross)
    (found,) = cerebro.run()
    seconds = (time.process_time() - cpu, time.perf_counter() - wall)
    told = {"version": bt.__version__, "seconds": seconds, "crosses": found.crosses}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
