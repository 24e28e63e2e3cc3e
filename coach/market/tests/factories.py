"""What the tests of this room are made of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import numpy as np
from factory.declarations import Sequence
from factory.django import DjangoModelFactory

from coach.market.columns import BarColumns, Float64
from coach.market.feed import FeedBar
from coach.market.models import Instrument

MINUTE = 60_000


class InstrumentFactory(DjangoModelFactory[Instrument]):
    """An equity."""

    class Meta:
        model = Instrument

    symbol = Sequence(lambda n: f"SYM{n}")  # type: ignore[no-untyped-call]
    calendar = "XNYS"


def ms(text: str) -> int:
    """Epoch ms of an ISO time, UTC unless it says otherwise."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def minute_bars(start: int, count: int, *, step: int = MINUTE, price: float = 100.0) -> BarColumns:
    """Bars in a row that rise by a cent each."""
    ts = np.arange(count, dtype=np.int64) * step + start
    close: Float64 = price + 0.01 * np.arange(count, dtype=np.float64)
    return BarColumns(
        ts,
        close.copy(),
        close + 0.02,
        close - 0.02,
        close,
        np.full(count, 100.0),
        np.full(count, np.nan),
    )


def feed_bar(symbol: str, ts: int, close: float = 100.0, *, revision: bool = False) -> FeedBar:
    """A minute bar as received."""
    return FeedBar(
        symbol, "1m", ts, close, close + 0.5, close - 0.5, close, 10.0, None, ts + MINUTE, revision
    )


class FakeWall:
    """A wall clock that leaps to the end of each wait instead of waiting."""

    def __init__(self, now_ms: float = 1_000_000.0) -> None:
        self.time = now_ms
        self.waits: list[float] = []
        self.stuck = asyncio.Event()

    def now_ms(self) -> float:
        """The time it shows."""
        return self.time

    async def wait(self, changed: asyncio.Event, seconds: float | None) -> None:
        """Leap; without a limit, wait for the event (and say so in `stuck`)."""
        if seconds is None:
            self.stuck.set()
            await changed.wait()
            return
        await asyncio.sleep(0)
        if not changed.is_set():
            self.waits.append(seconds)
            self.time += seconds * 1000
