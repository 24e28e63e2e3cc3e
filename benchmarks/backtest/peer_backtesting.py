"""backtesting.py on the same bars: EMA20/50 crosses, long and short; runs in `.bench-venv`.

Reads an .npz with open, high, low, close, volume; prints its crosses by bar and its seconds.
"""

import json
import sys
import time

import backtesting
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy


def average(values: pd.Series, period: int) -> pd.Series:
    """As its documentation makes one."""
    return pd.Series(values).ewm(span=period, adjust=False).mean()


class Cross(Strategy):  # type: ignore[misc]  # untyped
    """Always in the market, on the side of the last cross."""

    crosses: list[tuple[int, int]] = []  # noqa: RUF012 - the tool makes the instance

    def init(self) -> None:
        """Both averages."""
        self.fast = self.I(average, self.data.Close, 20)
        self.slow = self.I(average, self.data.Close, 50)

    def next(self) -> None:
        """One closed bar."""
        was, now = self.fast[-2] - self.slow[-2], self.fast[-1] - self.slow[-1]
        if was <= 0 < now:
            self.crosses.append((len(self.data) - 1, 1))
            self.position.close()
            self.buy(size=1)
        elif was >= 0 > now:
            self.crosses.append((len(self.data) - 1, -1))
            self.position.close()
            self.sell(size=1)


def main(source: str) -> None:
    """Measure one run."""
    stored = np.load(source)
    names = {name.capitalize(): stored[name] for name in ("open", "high", "low", "close", "volume")}
    frame = pd.DataFrame(names, index=pd.to_datetime(stored["ts"], unit="ms"))
    wall, cpu = time.perf_counter(), time.process_time()
    Backtest(frame, Cross, cash=1e7, finalize_trades=True).run()
    seconds = (time.process_time() - cpu, time.perf_counter() - wall)
    told = {"version": backtesting.__version__, "seconds": seconds, "crosses": Cross.crosses}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
