"""`GET /api/stream`: the ASGI application of the live stream, ahead of Django's handler.

Django's handler would hold a thread for every open response; see docs/decisions.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from redis.exceptions import RedisError

from coach.live import sse
from coach.live.access import Admission, admit
from coach.live.hub import Hub, reset_event, rotation
from coach.live.origin import origin_allowed
from coach.live.ring import Position, parse_position
from coach.live.subscriber import Message, Send, Subscriber
from observability import metrics
from observability.requests import HEADER, request_id

Receive = Callable[[], Awaitable[Message]]
SYMBOL = re.compile(r"[A-Z0-9.:_-]{1,20}")
MOST_SYMBOLS = 200
MOST_WAITING = 1_000  # clients that wait to be admitted
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Refusal(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The stream is not opened; the client gets this instead, in the API's shape."""

    def __init__(self, status: int, code: str, detail: str, *, attr: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        kind = "validation_error" if attr else "client_error" if status < 500 else "server_error"
        error = {"code": code, "detail": detail, "attr": attr}
        self.body = orjson.dumps({"type": kind, "errors": [error]})


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a client wants to go on: what it sent, the position in it, and the ring's head."""

    text: str | None
    asked: Position | None
    head: Position

    def refused(self, hub: Hub) -> str | None:
        """Why the client must load afresh; None: it need not."""
        if self.asked is None:
            return "malformed" if self.text else None
        return hub.place(self.asked, self.head)


class StreamApp:
    """One instance serves every stream of the process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI: admit the client, replay what it missed, and stay until one side ends it."""
        name = b""
        try:
            request = parse_request(scope)
            name = request_id(request.headers.get(HEADER)).encode()
            check_request(request)
            asked = asked_symbols(request)
            await self._check_room()
            admission = await self._hub.database.run(admit, request)
            visitor = self._check_visitor(admission)
            symbols = asked or visitor.watchlist
            resume = await self._resume(request)
            self._check_accepts()  # nobody may slip in while the server stops
        except Refusal as refusal:
            metrics.sse_opens_total.labels("refused").inc()
            await refuse(send, refusal, name)
            return
        now = asyncio.get_running_loop().time()
        subscriber = Subscriber(
            visitor.visitor,
            symbols,
            send,
            rotate_at=now + rotation(self._hub.limits),
            now=now,
        )
        await self._serve(subscriber, receive, send, resume, name)

    async def _check_room(self) -> None:
        hub = self._hub
        await hub.start()
        self._check_accepts()
        if not await hub.ready(2.0):
            raise Refusal(503, "unavailable", "The stream's source cannot be reached; try again.")

    def _check_accepts(self) -> None:
        hub = self._hub
        if hub.stopping or hub.clients >= hub.limits.clients or hub.database.waiting > MOST_WAITING:
            raise Refusal(503, "busy", "This server takes no more streams now; try again.")

    def _check_visitor(self, admission: Admission | None) -> Admission:
        if admission is None:
            raise Refusal(401, "not_authenticated", "Log in, or send a valid token.")
        most = self._hub.limits.per_user
        if self._hub.streams_of(admission.visitor.user_id) >= most:
            raise Refusal(429, "throttled", f"At most {most} open streams for one user.")
        return admission

    async def _resume(self, request: HttpRequest) -> Resume:
        text = request.headers.get("Last-Event-ID") or request.GET.get("lastEventId")
        asked = parse_position(text) if text else None
        try:
            return Resume(text, asked, await self._hub.ring_head(asked))
        except (RedisError, OSError) as error:
            raise Refusal(503, "unavailable", "The ring cannot be reached; try again.") from error

    async def _serve(
        self, subscriber: Subscriber, receive: Receive, send: Send, resume: Resume, name: bytes
    ) -> None:
        hub = self._hub
        hub.add(subscriber)
        try:
            # No await between registering and copying what was missed: nothing falls between.
            pieces = self._welcome(subscriber, resume)
            headers = [*HEADERS, (HEADER.encode(), name)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            subscriber.release(asyncio.get_running_loop().time())
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if subscriber.closing is None:
                raise
            subscriber.task.uncancel()
            await farewell(subscriber, receive, send)
        finally:
            hub.remove(subscriber)

    def _welcome(self, subscriber: Subscriber, resume: Resume) -> list[bytes]:
        """Hello, and what was missed; the subscriber queues what comes meanwhile."""
        hub = self._hub
        why_not = resume.refused(hub)
        start = resume.asked if resume.asked and not why_not else hub.position
        subscriber.start_after(max(start, hub.position))
        pieces = hub.replay(start, subscriber.symbols, subscriber.visitor.user_id)
        first = sse.retry(random.randint(500, 3_000)) + hello(hub, subscriber, start)  # noqa: S311
        if why_not:
            first += reset_event(start, why_not)
        outcome = "reset" if why_not else "resumed" if resume.asked else "fresh"
        metrics.sse_opens_total.labels(outcome).inc()
        return [first, *pieces]


def parse_request(scope: Message) -> HttpRequest:
    """The request as Django sees it.

    Raises:
        Refusal: its query is not UTF-8.
    """
    try:
        return ASGIRequest(dict(scope), BytesIO())
    except UnicodeDecodeError as error:
        raise Refusal(400, "invalid", "The query string is not UTF-8.") from error


def check_request(request: HttpRequest) -> None:
    """Only GET, only from our own pages or from no page.

    Raises:
        Refusal: anything else.
    """
    if request.method != "GET":
        raise Refusal(405, "method_not_allowed", f'Method "{request.method}" not allowed.')
    try:
        allowed = origin_allowed(request)
    except DisallowedHost as error:
        raise Refusal(400, "invalid", "The Host header names no host of this server.") from error
    if not allowed:
        raise Refusal(403, "permission_denied", "This origin may not open the stream.")


def asked_symbols(request: HttpRequest) -> frozenset[str] | None:
    """The symbols in `?symbols=`, or None when there are none.

    Raises:
        Refusal: one is not a symbol, or they are too many.
    """
    names = [name for name in request.GET.get("symbols", "").split(",") if name]
    if len(names) > MOST_SYMBOLS:
        raise Refusal(400, "invalid", f"At most {MOST_SYMBOLS} symbols.", attr="symbols")
    for name in names:
        if not SYMBOL.fullmatch(name):
            detail = f"Not a symbol ({SYMBOL.pattern}): {name[:40]!r}"
            raise Refusal(400, "invalid", detail, attr="symbols")
    return frozenset(names) or None


def hello(hub: Hub, subscriber: Subscriber, resume: Position) -> bytes:
    """The first event. Its id is where the client is, not where the ring is: a client that is cut
    off within its replay must ask for the rest of it."""
    symbols = hub.heads.keys() if subscriber.symbols is None else subscriber.symbols
    payload = {
        "epoch": str(resume.epoch),
        "serverTime": time.time() * 1000,
        "heads": {symbol: hub.heads[symbol] for symbol in sorted(symbols) if symbol in hub.heads},
        "symbols": None if subscriber.symbols is None else sorted(subscriber.symbols),
        "heartbeatMs": hub.limits.heartbeat * 1000,
        "rotationMs": hub.limits.rotation * 1000,
    }
    return sse.event_of("hello", payload, resume)


async def farewell(subscriber: Subscriber, receive: Receive, send: Send) -> None:
    """End the response. A socket that takes no more bytes is cut off: waiting for it would keep
    its memory for as long as the peer likes."""
    if subscriber.stuck_since is None:
        bye = sse.event_of("bye", {"reason": subscriber.closing})
        await send({"type": "http.response.body", "body": bye, "more_body": False})
        return
    # ASGI has no word for it; uvicorn's `send` is bound to the object that has the transport.
    transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await receive()


async def refuse(send: Send, refusal: Refusal, name: bytes) -> None:
    """Answer with the refusal; `name` is the request's id."""
    headers = [
        (HEADER.encode(), name),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(refusal.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if refusal.status in {429, 503}:
        headers.append((b"retry-after", str(random.randint(1, 3)).encode()))  # noqa: S311
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body, "more_body": False})
