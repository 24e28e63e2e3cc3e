"""`python -m benchmarks.load.steady`: the live process, fed minute bars at an even rate.

The loop, the shard, the governor and the commit are the product's own; only the source is made for
the measurement. It plays the last cached session of many symbols, one bar a batch, so that each bar
is its own evaluation and its own transaction, as bars of a vendor's feed arrive.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import django
import uvloop

if TYPE_CHECKING:
    from coach.market.clock import MarketClock
    from coach.market.feed import FeedBar, FeedBatch

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How many bars, how fast, after how many untimed ones."""

    rate: float
    count: int
    delay: float


class SteadyFeed:
    """A `coach.market.feed.Feed` of one bar at a time."""

    def __init__(self, bars: Sequence[FeedBar], clock: MarketClock, plan: Plan) -> None:
        self._bars = bars
        self._plan = plan
        self.clock = clock
        self.name = "replay"
        self.symbols = tuple(dict.fromkeys(bar.symbol for bar in bars))

    @property
    def health(self) -> None:
        """There is no vendor."""

    async def prepare(self) -> None:
        """Nothing is missing."""

    async def batches(self, resume_after: Mapping[str, int]) -> AsyncGenerator[FeedBatch]:  # noqa: ARG002
        """A bar every 1/rate s by the clock, whether or not the one before is through. Its
        receipt is when it was due: what waits for the loop has waited for the trader too."""
        from coach.market.feed import FeedBatch  # noqa: PLC0415  after Django is set up

        began = time.time() + self._plan.delay
        for number, bar in enumerate(self._bars[: self._plan.count]):
            due = began + number / self._plan.rate
            await asyncio.sleep(max(0.0, due - time.time()))
            received = replace(bar, received_ms=due * 1000)
            yield FeedBatch(bar.ts + MINUTE_MS, (received,))


def last_sessions(symbols: Sequence[str]) -> list[FeedBar]:
    """The bars of each symbol's last cached session, minute by minute over all symbols."""
    from coach.market.feed import FeedBar  # noqa: PLC0415
    from coach.market.selectors import data_range, load_bars  # noqa: PLC0415

    found = []
    for symbol in symbols:
        first, last = data_range(symbol, "1m") or (0, 0)
        bars = load_bars(symbol, "1m", max(first, last - 12 * 3_600_000), last + 1)
        found += [
            FeedBar(symbol, "1m", *bars.bar(at)[:6], vwap=None, received_ms=0.0)
            for at in range(len(bars))
        ]
    return sorted(found, key=lambda bar: (bar.ts, bar.symbol))


def main() -> None:
    """Play the plan through the live loop and end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, required=True, help="bars a second")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--delay", type=float, default=1.0, help="seconds before the first bar")
    options = parser.parse_args()
    django.setup()
    from coach.engine.registry import RULES  # noqa: PLC0415  these need Django's settings
    from coach.engine.ruleset import compile_rules  # noqa: PLC0415
    from coach.engine.warm import warm_up  # noqa: PLC0415
    from coach.live.loop import LiveLoop, Options  # noqa: PLC0415
    from coach.market.clock import ClockState, MarketClock  # noqa: PLC0415
    from coach.market.selectors import list_instruments  # noqa: PLC0415

    warm_up()
    bars = last_sessions([row.symbol for row in list_instruments()])
    state = ClockState("replay", time.time() * 1000, bars[0].ts, speed=60.0)
    plan = Plan(options.rate, options.count, options.delay)
    feed = SteadyFeed(bars, MarketClock(state), plan)
    rulesets = (compile_rules(RULES),)
    loop = LiveLoop(Options("0/1", rulesets, lambda _guard: feed, once=True))
    uvloop.run(loop.run())


if __name__ == "__main__":
    main()
