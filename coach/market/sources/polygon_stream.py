"""The WebSocket of Polygon (now Massive): log in, subscribe, aggregates, and again after each loss.

A cluster (stocks, crypto) is one connection. What it says is put into a queue as events; a
connection that does not answer a ping in time is dead, however quiet its market may be.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from coach.market.feed import FeedBar, FeedHealth, FeedTimeframe
from coach.market.sources.access import Access
from coach.market.sources.polygon import is_number
from observability import metrics

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
REFUSED_PAUSE = 30.0
JOIN_SECONDS = 10.0
PRICES = ("o", "h", "l", "c")
MAX_MESSAGE = 16 << 20
Kind = Literal["stocks", "crypto"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One of the vendor's servers: its path, its events, and the field that names the symbol."""

    kind: Kind
    minute: str
    second: str
    name: str


CLUSTERS: Mapping[Kind, Cluster] = {
    "stocks": Cluster("stocks", "AM", "A", "sym"),
    "crypto": Cluster("crypto", "XA", "XAS", "pair"),
}


@dataclass(frozen=True, slots=True)
class Joined:
    """Subscribed: what closes from now on comes by itself."""

    kind: Kind
    at_ms: float


@dataclass(frozen=True, slots=True)
class Left:
    """The connection is lost, since its last sign of life."""

    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Bars, as they came."""

    kind: Kind
    bars: tuple[FeedBar, ...]


Event = Joined | Left | Heard


class StreamError(Exception):
    """The server said or did something after which the connection is of no use."""


class RefusedError(StreamError):
    """The server refused us: the key, the plan, or too many connections."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds between pings, until an answer must have come, and between attempts at most."""

    ping: float = 5.0
    pong: float = 5.0
    first_pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE
    refused_pause: float = REFUSED_PAUSE


def stream_name(ticker: str, kind: Kind) -> str:
    """A ticker as the stream calls it: X:BTCUSD is BTC-USD there."""
    if kind == "stocks":
        return ticker
    pair = ticker.removeprefix("X:")
    return pair if "-" in pair else f"{pair[:-3]}-{pair[-3:]}"


def kind_of(ticker: str) -> Kind:
    """The cluster that carries a ticker."""
    return "crypto" if ticker.startswith("X:") else "stocks"


class Stream:
    """One connection, for as long as it is wanted."""

    def __init__(
        self,
        access: Access,
        kind: Kind,
        names: Mapping[str, str],
        *,
        queue: asyncio.Queue[Event],
        now_ms: Callable[[], float],
        tempo: Tempo,
    ) -> None:
        """`names`: the stream's name of each symbol → the symbol."""
        self._access = access
        self._cluster = CLUSTERS[kind]
        self._names = dict(names)
        self._queue = queue
        self.health = FeedHealth()
        self._now_ms = now_ms
        self._tempo = tempo
        self._connection: ClientConnection | None = None
        self._failures = 0
        self._dead = ""

    @property
    def kind(self) -> Kind:
        """Its cluster."""
        return self._cluster.kind

    async def run(self) -> None:
        """Connect, and again after each loss, later each time it fails at once."""
        while True:
            shortest = 0.0
            try:
                self._dead = ""
                await self._live()
                reason = "closed by the server"
            except RefusedError as error:
                reason, shortest = str(error), self._tempo.refused_pause
            except (OSError, TimeoutError, WebSocketException, StreamError) as error:
                log.warning("feed_error", cluster=self.kind, error=self._masked(repr(error)))
                reason = self._dead or words_of(error)
            await self._left(self._masked(reason))
            await asyncio.sleep(shortest + self._pause())

    def _masked(self, text: str) -> str:
        return text.replace(self._access.key, "***")

    async def drop(self) -> None:
        """Close the connection, so that a new one is made."""
        if self._connection is not None:
            await self._connection.close()

    def _pause(self) -> float:
        """Full jitter, so that many clients do not come back at once."""
        longest = min(self._tempo.longest_pause, self._tempo.first_pause * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        return random.uniform(0, longest)  # noqa: S311  not a secret

    async def _left(self, reason: str) -> None:
        log.warning("feed_disconnected", cluster=self.kind, reason=reason)
        if self.health.connected:
            self.health.reconnects += 1
            metrics.feed_reconnects_total.inc()
        self.health.connected, self.health.reason = False, reason
        await self._queue.put(Left(self.kind, reason))

    async def _live(self) -> None:
        url = f"{self._access.stream_url}/{self.kind}"
        async with connect(
            url, ping_interval=None, open_timeout=JOIN_SECONDS, max_size=MAX_MESSAGE
        ) as connection:
            self._connection = connection
            async with asyncio.timeout(JOIN_SECONDS):
                await self._join(connection)
            await self._joined()
            pinging = asyncio.create_task(self._ping(connection))
            try:
                async for message in connection:
                    await self._take(message)
            finally:
                pinging.cancel()
                self._connection = None
                metrics.feed_connected.dec()

    # --- joining ----------------------------------------------------------------------------------

    async def _join(self, connection: ClientConnection) -> None:
        await self._expect(connection, "connected")
        await self._send(connection, "auth", self._access.checked_key())
        await self._expect(connection, "auth_success")
        cluster = self._cluster
        wanted = [
            f"{each}.{name}" for name in self._names for each in (cluster.second, cluster.minute)
        ]
        await self._send(connection, "subscribe", ",".join(wanted))
        await self._expect(connection, "success")

    async def _send(self, connection: ClientConnection, action: str, params: str) -> None:
        await connection.send(orjson.dumps({"action": action, "params": params}).decode())

    async def _expect(self, connection: ClientConnection, status: str) -> None:
        """Wait for a status; bars that come meanwhile are taken."""
        while True:
            seen = await self._take(await connection.recv())
            if status in seen:
                return

    async def _joined(self) -> None:
        self._failures = 0
        self._heard()
        self.health.connected, self.health.reason = True, ""
        metrics.feed_connected.inc()
        log.info("feed_connected", cluster=self.kind, symbols=len(self._names))
        await self._queue.put(Joined(self.kind, self._now_ms()))

    # --- listening --------------------------------------------------------------------------------

    async def _ping(self, connection: ClientConnection) -> None:
        while True:
            await asyncio.sleep(self._tempo.ping)
            try:
                async with asyncio.timeout(self._tempo.pong):
                    await (await connection.ping())
            except TimeoutError:
                self._dead = f"no answer to a ping within {self._tempo.pong:g} s"
                connection.transport.abort()  # a dead peer would not answer a close either
                return
            except WebSocketException:
                return  # closed; whoever reads from it sees that too
            self._heard()

    def _heard(self) -> None:
        self.health.heard_ms = self._now_ms()

    async def _take(self, message: str | bytes) -> set[str]:
        """Put the bars of a message into the queue; returns the statuses in it.

        Raises:
            RefusedError: a status that says no.
        """
        self._heard()
        try:
            events = orjson.loads(message)
        except orjson.JSONDecodeError:
            events = None
        if not isinstance(events, list):
            _bad("bad_message", str(message[:120]))
            return set()
        bars = tuple(self._bars(events))
        if bars:
            await self._queue.put(Heard(self.kind, bars))
        return {_status(event) for event in events if _is_status(event)}

    def _bars(self, events: list[Any]) -> Iterator[FeedBar]:
        frames: Mapping[str, FeedTimeframe] = {
            self._cluster.minute: "1m",
            self._cluster.second: "1s",
        }
        for event in events:
            if not isinstance(event, dict) or event.get("ev") == "status":
                continue
            timeframe = frames.get(str(event.get("ev")))
            symbol = self._names.get(str(event.get(self._cluster.name)))
            if timeframe is None or symbol is None:
                _bad("bad_message", str(event)[:120])
                continue
            bar = read_bar(event, symbol, timeframe, self._now_ms())
            reason = "something is no number" if bar is None else fault_of(bar)
            if bar is None or reason is not None:
                _bad("bad_bar", f"{symbol} {timeframe} at {event.get('s')}: {reason}")
                continue
            yield bar


def _is_status(event: object) -> bool:
    return isinstance(event, dict) and event.get("ev") == "status"


def _status(event: Mapping[str, Any]) -> str:
    status, words = str(event.get("status")), str(event.get("message", ""))[:120]
    if status in ("auth_failed", "auth_timeout", "max_connections", "not_authorized", "error"):
        raise RefusedError(f"{status}: {words}")
    if status not in ("connected", "auth_success", "success"):
        log.info("feed_status", status=status, words=words)
    return status


def words_of(error: Exception) -> str:
    """Why the connection is lost, as a trader is told."""
    match error:
        case TimeoutError():
            return "the vendor does not answer"
        case ConnectionClosed():
            return "the connection to the vendor broke off"
        case InvalidStatus():
            return f"the vendor answers {error.response.status_code}"
        case OSError():
            return "the vendor cannot be reached"
        case StreamError():
            return str(error)
    return "the vendor's stream cannot be understood"


def _bad(reason: str, words: str) -> None:
    metrics.feed_errors_total.labels(reason).inc()
    log.warning("feed_refused", reason=reason, words=words)


def read_bar(
    event: Mapping[str, Any], symbol: str, timeframe: FeedTimeframe, received_ms: float
) -> FeedBar | None:
    """An aggregate as a bar; None if one of its values is no number."""
    if not all(is_number(event.get(name)) for name in (*PRICES, "v", "s")):
        return None
    vwap = event.get("vw")
    if vwap is not None and not is_number(vwap):
        return None
    open_, high, low, close = (float(event[name]) for name in PRICES)
    return FeedBar(
        symbol=symbol,
        timeframe=timeframe,
        ts=int(event["s"]),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=float(event["v"]),
        vwap=None if vwap is None else float(vwap),
        received_ms=received_ms,
    )


def fault_of(bar: FeedBar) -> str | None:
    """Why a bar is no bar, as the engine's own check says it of columns; None if it is one."""
    step = 60_000 if bar.timeframe == "1m" else 1_000
    prices = (bar.open, bar.high, bar.low, bar.close)
    if bar.ts % step:
        return f"ts {bar.ts} is off the grid"
    if not all(math.isfinite(price) and price > 0 for price in prices):
        return "a price is not above 0"
    if bar.high < bar.low or not bar.low <= bar.open <= bar.high:
        return "open, high and low do not fit"
    if not bar.low <= bar.close <= bar.high:
        return "close is outside low and high"
    return "volume is negative" if bar.volume < 0 else None
