"""What a source of bars hands to whoever runs on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from coach.market.clock import MarketClock

FeedTimeframe = Literal["1s", "1m"]


@dataclass(frozen=True, slots=True)
class FeedBar:
    """A closed bar as a source gave it.

    `ts` is its open in epoch ms UTC, `received_ms` the wall clock at receipt (epoch ms), `vwap`
    None where the source gives none. `revision` marks the correction of a bar given before.
    """

    symbol: str
    timeframe: FeedTimeframe
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float | None
    received_ms: float
    revision: bool = False


@dataclass(frozen=True, slots=True)
class FeedGap:
    """A span [start_ms, end_ms) in which a source lost a symbol's bars, and why."""

    symbol: str
    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """Bars that closed up to `market_ms`, in order of their close; seconds before minutes.

    A batch never reaches beyond a minute's close, so every minute bar that is not late has
    `ts + 60_000 == market_ms`: one batch is one moment. `bars` may be empty (time went on).
    """

    market_ms: int
    bars: tuple[FeedBar, ...] = ()
    gaps: tuple[FeedGap, ...] = ()


class Feed(Protocol):
    """A source of bars that runs on a market clock."""

    @property
    def name(self) -> str:
        """The source's name: synthetic, replay, polygon."""

    @property
    def symbols(self) -> Sequence[str]:
        """The symbols it carries."""

    @property
    def clock(self) -> MarketClock:
        """Its market clock, which takes pause, resume, speed, free run and restart."""

    def batches(self, resume_after: Mapping[str, int]) -> AsyncIterator[FeedBatch]:
        """Batches in time order, without end unless the data has one.

        Args:
            resume_after: symbol → ts of its last committed minute bar; that bar and older ones are
                not given again.
        """
