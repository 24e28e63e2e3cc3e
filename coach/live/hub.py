"""The hub: one reader of the ring in each web process, and every stream that it feeds."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from coach.live import sse
from coach.live.access import DatabaseThread, Visitor, still_admitted
from coach.live.outgoing import Outgoing, chunk_for
from coach.live.ring import MAX_LENGTH, Entry, Frame, Position, RingReader
from coach.live.subscriber import Subscriber
from observability import metrics

log = structlog.get_logger(__name__)
Client = TypeVar("Client")

BATCH = 64  # events per read: they are queued for all clients in one go
YIELD_EVERY = 100  # clients written before others get the loop
BLOCK_MS = 1_000
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stream is promised and allowed; seconds where not said otherwise.

    Attributes:
        rotation: mean life of a stream; each lives this long ± 20 %.
        recheck: how often sessions and users are looked up again.
        stuck: how long a client's socket may refuse bytes.
        per_user: streams of one user in this process.
        clients: streams in this process.
    """

    heartbeat: float = 15.0
    rotation: float = 600.0
    recheck: float = 30.0
    stuck: float = 20.0
    per_user: int = 20
    clients: int = 5_000


class Listener(Protocol):
    """Somebody who hears a user's events in this process without a stream: the voice."""

    @property
    def visitor(self) -> Visitor:
        """Whose events."""

    def hear(self, frame: Frame) -> None:
        """An event of that user, new in the ring. Must not wait."""

    def end(self, reason: str) -> None:
        """The server stops, or the user may hear no more."""


class Hub:
    """Reads each event once, encodes it once and writes it to whoever may have it."""

    def __init__(self, *, redis_url: str, limits: Limits) -> None:
        self.limits = limits
        self.database = DatabaseThread()
        self.position = Position(0, 0)
        self.heads: dict[str, int] = {}
        self._client = redis.asyncio.Redis.from_url(
            redis_url, socket_connect_timeout=2, socket_timeout=BLOCK_MS / 1000 + 4
        )
        self._reader = RingReader(self._client)
        self._tail: deque[Outgoing] = deque(maxlen=MAX_LENGTH)
        self._all: dict[Subscriber, None] = {}
        self._any_symbol: dict[Subscriber, None] = {}
        self._by_symbol: dict[str, dict[Subscriber, None]] = {}
        self._by_user: dict[str, dict[Subscriber, None]] = {}
        self._listeners: dict[str, dict[Listener, None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = asyncio.Event()
        self._starting = asyncio.Lock()
        self.stopping = False

    # --- Life ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to read the ring; again is harmless."""
        async with self._starting:
            if self._tasks or self.stopping:
                return
            self._tasks = [
                asyncio.create_task(self._read_for_ever(), name="ring-reader"),
                asyncio.create_task(self._look_after_clients(), name="stream-clients"),
                asyncio.create_task(self._recheck_for_ever(), name="stream-recheck"),
            ]

    async def stop(self) -> None:
        """End every stream and stop reading."""
        self.end_all("shutdown")
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            # Again and again: redis-py (8.1) now and then returns from a read that was cancelled
            # as if nothing had been, and the reader would go on for ever.
            _, pending = await asyncio.wait(pending, timeout=0.2)
        self._ready.clear()
        await self._client.aclose()
        self.database.close()

    def end_all(self, reason: str) -> None:
        """End every stream and admit no other; what a server does first when told to stop."""
        self.stopping = True
        for client in self._everybody():
            client.end(reason)

    async def ready(self, seconds: float) -> bool:
        """Whether the ring is being read, waiting a little for it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), seconds)
        return self._ready.is_set()

    # --- Who is here --------------------------------------------------------------------------

    def add(self, subscriber: Subscriber) -> None:
        """From now on the subscriber is offered every event that comes."""
        self._all[subscriber] = None
        self._by_user.setdefault(subscriber.visitor.user_id, {})[subscriber] = None
        if subscriber.symbols is None:
            self._any_symbol[subscriber] = None
        for symbol in subscriber.symbols or ():
            self._by_symbol.setdefault(symbol, {})[subscriber] = None
        metrics.sse_clients.inc()

    def remove(self, subscriber: Subscriber) -> None:
        """Forget the subscriber."""
        del self._all[subscriber]
        self._any_symbol.pop(subscriber, None)
        _discard(self._by_user, subscriber.visitor.user_id, subscriber)
        for symbol in subscriber.symbols or ():
            _discard(self._by_symbol, symbol, subscriber)
        metrics.sse_clients.dec()
        metrics.sse_closes_total.labels(subscriber.closing or "left").inc()

    def listen(self, listener: Listener) -> None:
        """From now on the listener hears its user's events."""
        self._listeners.setdefault(listener.visitor.user_id, {})[listener] = None

    def unlisten(self, listener: Listener) -> None:
        """Forget the listener."""
        _discard(self._listeners, listener.visitor.user_id, listener)

    def _everybody(self) -> list[Subscriber | Listener]:
        """Streams and listeners."""
        listeners = [listener for group in self._listeners.values() for listener in group]
        return [*self._all, *listeners]

    def streams_of(self, user_id: str) -> int:
        """Open streams of a user in this process."""
        return len(self._by_user.get(user_id, ()))

    def check(self) -> str | None:
        """For `/readyz`: None, or why streams cannot be served."""
        return None if self._ready.is_set() else "the ring is not being read"

    @property
    def clients(self) -> int:
        """Open streams in this process."""
        return len(self._all)

    # --- Joining ------------------------------------------------------------------------------

    async def ring_head(self, asked: Position | None) -> Position:
        """The newest position known; asks the ring when the client has seen a newer one, from
        another process that was a little ahead of this one."""
        here = self.position
        if asked is None or asked.epoch != here.epoch or asked.offset <= here.offset:
            return here
        return await self._reader.head()

    def place(self, asked: Position, head: Position) -> str | None:
        """Why a client cannot go on after `asked`; None: every event after it can be had."""
        here = self.position
        if asked.epoch != here.epoch or asked > max(head, here):
            return "unknown"
        oldest = self._tail[0].position.offset if self._tail else here.offset + 1
        return "tooOld" if asked.offset < oldest - 1 else None

    def replay(self, after: Position, symbols: frozenset[str] | None, user_id: str) -> list[bytes]:
        """The events after a position that this user's client missed, in pieces to be sent."""
        skip = len(self._tail) - (self.position.offset - after.offset)
        chunks = (
            chunk_for(event, symbols)
            for event in islice(self._tail, max(0, skip), None)
            if event.user_id in {None, user_id}
        )
        return list(_pieces(chunk for chunk in chunks if chunk is not None))

    # --- Fan-out ------------------------------------------------------------------------------

    async def _read_for_ever(self) -> None:
        pause = 0.0
        while not self.stopping:
            try:
                await self._follow_ring()
            except (RedisError, OSError) as error:
                pause = 0.05 if self._ready.is_set() else min(2.0, pause * 2 or 0.05)
                self._ready.clear()
                metrics.ring_reader_errors_total.inc()
                log.warning("the ring cannot be read", error=str(error), again_in=pause)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter

    async def _follow_ring(self) -> None:
        """Take over what is in the ring, or, after a pause, go on where we were."""
        head = await self._reader.head()
        if head.epoch != self.position.epoch:
            await self._take_over(head)
        self._ready.set()
        while not self.stopping:
            await self._read_once()

    async def _take_over(self, head: Position) -> None:
        """Begin anew with what the ring holds. Clients that are here lost their place."""
        entries = await self._reader.newest(MAX_LENGTH)
        entries = [entry for entry in entries if entry.position.epoch == head.epoch]
        self._tail = deque((self._encode(entry) for entry in entries), maxlen=MAX_LENGTH)
        self.position = entries[-1].position if entries else head
        log.info("a ring begins", at=str(self.position), clients=self.clients)
        reset = reset_event(self.position, "epoch")
        now = asyncio.get_running_loop().time()
        for subscriber in list(self._all):
            subscriber.restart(reset, now)

    async def _read_once(self) -> None:
        entries = await self._reader.follow(self.position, block_ms=BLOCK_MS, count=BATCH)
        here = self.position
        if entries and entries[0].position == Position(here.epoch, here.offset + 1):
            self._tell(entries)
            await self._dispatch([self._encode(entry) for entry in entries])
            return
        # Nothing came, or it does not follow on. An emptied ring says nothing until it is asked.
        head = await self._reader.head()
        if entries or head.epoch != here.epoch:
            await self._take_over(head)

    def _tell(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            for listener in self._listeners.get(entry.frame.user_id or "", ()):
                listener.hear(entry.frame)

    def _encode(self, entry: Entry) -> Outgoing:
        event = Outgoing(entry)
        if event.head:
            self.heads[event.head[0]] = event.head[1]
        return event

    async def _dispatch(self, events: list[Outgoing]) -> None:
        """Queue the events for all their clients in one go, then write client by client."""
        began = time.perf_counter()
        self._tail.extend(events)
        self.position = events[-1].position
        touched: dict[Subscriber, None] = {}
        for event in events:
            self._offer(event, touched)
        now = asyncio.get_running_loop().time()
        for number, subscriber in enumerate(touched, 1):
            subscriber.flush(now)
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)
        metrics.sse_fanout_ms.observe((time.perf_counter() - began) * 1000)

    def _offer(self, event: Outgoing, touched: dict[Subscriber, None]) -> None:
        sent = 0
        for group in self._groups(event):
            sent += len(group)
            for subscriber in group:
                if subscriber.offer(event):
                    touched[subscriber] = None
                else:
                    subscriber.end("slow")
        metrics.sse_events_total.labels(event.kind).inc(sent)

    def _groups(self, event: Outgoing) -> Iterator[dict[Subscriber, None]]:
        if event.user_id is not None:
            yield self._by_user.get(event.user_id, {})
        elif event.symbol is not None:
            yield self._by_symbol.get(event.symbol, {})
            yield self._any_symbol
        else:
            yield self._all

    # --- Care ---------------------------------------------------------------------------------

    async def _look_after_clients(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, self.limits.heartbeat / 2))
            now = loop.time()
            for subscriber in list(self._all):
                self._look_after(subscriber, now)
            metrics.sse_queued_frames.set(sum(client.waiting for client in self._all))

    def _look_after(self, subscriber: Subscriber, now: float) -> None:
        stuck = subscriber.stuck_since
        if stuck is not None:
            if now - stuck > self.limits.stuck:
                subscriber.end("slow")
        elif now >= subscriber.rotate_at:
            subscriber.end("rotation")
        elif now - subscriber.written_at >= self.limits.heartbeat:
            subscriber.write(sse.HEARTBEAT, now)

    async def _recheck_for_ever(self) -> None:
        """End the streams of those who logged out or were shut out."""
        while True:
            await asyncio.sleep(self.limits.recheck)
            visitors = {client.visitor for client in self._everybody()}
            try:
                valid = await self.database.run(still_admitted, visitors)
            except Exception:
                log.exception("sessions could not be looked up")
                continue
            for client in self._everybody():
                if client.visitor in visitors - valid:
                    client.end("signedOut")


def reset_event(position: Position, reason: str) -> bytes:
    """Tell the client to load bars and alerts afresh and to go on from `position`."""
    payload = {"reason": reason, "epoch": str(position.epoch), "offset": position.offset}
    return sse.event_of("reset", payload, position)


def rotation(limits: Limits) -> float:
    """Seconds that one stream lives: the mean ± 20 %, so that not all come back at once."""
    return limits.rotation * random.uniform(0.8, 1.2)  # noqa: S311  jitter


def _discard(index: dict[str, dict[Client, None]], key: str, client: Client) -> None:
    group = index[key]
    del group[client]
    if not group:
        del index[key]


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
