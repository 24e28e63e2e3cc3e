"""What a source of bars hands to whoever runs on them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from coach.market.clock import MarketClock
from coach.market.columns import BarColumns

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


def feed_bars(
    symbol: str,
    timeframe: FeedTimeframe,
    bars: BarColumns,
    received_ms: float,
    *,
    revision: bool = False,
) -> Iterator[FeedBar]:
    """Columns as the bars that a source gives, received at `received_ms`; a vwap of NaN is None."""
    for ts, open_, high, low, close, volume, vwap in zip(
        *(column.tolist() for column in bars.columns()), strict=True
    ):
        yield FeedBar(
            symbol=symbol,
            timeframe=timeframe,
            ts=ts,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            vwap=None if vwap != vwap else vwap,  # noqa: PLR0124  NaN is not itself
            received_ms=received_ms,
            revision=revision,
        )


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

    `settled_ms`: up to there every bar has come that will; sessions and longer bars close by it.
    None where that is `market_ms`: bars from a wire come one symbol after the other.
    """

    market_ms: int
    bars: tuple[FeedBar, ...] = ()
    gaps: tuple[FeedGap, ...] = ()
    settled_ms: int | None = None


@dataclass(slots=True)
class FeedHealth:
    """How the way to a vendor is. A quiet market is healthy: `heard_ms`, the wall clock at the last
    sign of life, also counts answers to our pings, or the steps of a market that is played.
    `reason` says why it is not `connected`."""

    connected: bool = False
    heard_ms: float | None = None
    reason: str = "not connected yet"
    reconnects: int = 0


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

    @property
    def health(self) -> FeedHealth | None:
        """How the way to its vendor, or whatever else its bars come by, is; None: nobody knows."""

    async def prepare(self) -> None:
        """Get the history that the evaluator starts from, if it is missing."""

    def batches(self, resume_after: Mapping[str, int]) -> AsyncGenerator[FeedBatch]:
        """Batches in time order, without end unless the data has one.

        Args:
            resume_after: symbol → ts of its last committed minute bar; that bar and older ones are
                not given again.
        """
