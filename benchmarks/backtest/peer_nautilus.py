"""NautilusTrader on the same bars: EMA20/50 crosses, long and short; runs in `.bench-venv`.

Reads an .npz with open, high, low, close, volume; prints its crosses by bar and its seconds. Making
its bar objects is not counted.
"""

import json
import sys
import time
from decimal import Decimal

import nautilus_trader
import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy


class Cross(Strategy):  # type: ignore[misc]  # untyped
    """Always in the market, on the side of the last cross."""

    def __init__(self, bar_type: BarType) -> None:
        super().__init__()
        self.bar_type = bar_type
        self.fast, self.slow = ExponentialMovingAverage(20), ExponentialMovingAverage(50)
        self.before, self.seen = 0.0, 0
        self.crosses: list[tuple[int, int]] = []

    def on_start(self) -> None:
        """Bars and averages."""
        for each in (self.fast, self.slow):
            self.register_indicator_for_bars(self.bar_type, each)
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar: Bar) -> None:
        """One closed bar."""
        now, was = self.fast.value - self.slow.value, self.before
        self.before, self.seen = now, self.seen + 1
        if was <= 0 < now:
            self._turn(bar, 1)
        elif was >= 0 > now:
            self._turn(bar, -1)

    def _turn(self, bar: Bar, side: int) -> None:
        self.crosses.append((self.seen - 1, side))
        self.close_all_positions(bar.bar_type.instrument_id)
        order = self.order_factory.market(
            bar.bar_type.instrument_id,
            OrderSide.BUY if side > 0 else OrderSide.SELL,
            Quantity.from_int(1),
        )
        self.submit_order(order)


def main(source: str) -> None:
    """Measure one run."""
    stored = np.load(source)
    columns = {name: stored[name] for name in ("open", "high", "low", "close", "volume")}
    frame = pd.DataFrame(columns, index=pd.to_datetime(stored["ts"], unit="ms", utc=True))
    instrument = TestInstrumentProvider.equity(symbol="BENCH", venue="SIM")
    bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    bars = BarDataWrangler(bar_type, instrument).process(frame)
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=Venue("SIM"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        starting_balances=[Money(10_000_000, USD)],
        base_currency=USD,
        default_leverage=Decimal(1),
    )
    engine.add_instrument(instrument)
    engine.add_data(bars)
    strategy = Cross(bar_type)
    engine.add_strategy(strategy)
    wall, cpu = time.perf_counter(), time.process_time()
    engine.run()
    seconds = (time.process_time() - cpu, time.perf_counter() - wall)
    told = {
        "version": nautilus_trader.__version__,
        "seconds": seconds,
        "crosses": strategy.crosses,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
