"""A week of a vendor's history, and asking for it, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from coach.market.fetching import fetch, planned
from coach.market.selectors import load_bars
from coach.market.sources.polygon import Patience, PolygonRest, Range
from coach.market.tests.factories import ms

FIRST, LAST = date(2025, 6, 2), date(2025, 6, 6)
START, END = ms("2025-06-02"), ms("2025-06-07")
NOW = ms("2025-07-01")
WEEK = Range("SPY", "SPY", "1m", START, END)


@dataclass(slots=True)
class LeapingTime:
    """Seconds that pass only while somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, **changes: Any) -> Patience:
        return Patience(now=lambda: self.now, sleep=self.sleep, **changes)


def plan(source: PolygonRest, start: int = START, end: int = END, **changes: Any) -> list[Range]:
    return planned(
        source,
        symbol="SPY",
        timeframe="1m",
        start_ms=start,
        end_ms=end,
        **{"now_ms": NOW, **changes},
    )


def fill(source: PolygonRest, **changes: Any) -> int:
    return sum(piece.bars for piece in fetch(source, plan(source, **changes)))


def stored() -> list[tuple[float, ...]]:
    bars = load_bars("SPY", "1m", START, END, session="extended")
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.vwap)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def as_rows(results: list[dict[str, Any]]) -> list[tuple[float, ...]]:
    return [tuple(row[name] for name in ("t", "o", "h", "l", "c", "v", "vw")) for row in results]
