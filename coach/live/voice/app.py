"""`/ws/coach`: the ASGI application of the voice, beside the stream's and fed by the same hub."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import structlog
from django.http import HttpRequest

from coach.live.access import Visitor, admit
from coach.live.hub import Hub
from coach.live.ring import Frame
from coach.live.stream import MOST_WAITING, Receive, Refusal, check_request, parse_request
from coach.live.subscriber import Message, Send
from coach.live.voice.chain import Chain
from coach.live.voice.protocol import FrameError, refusal
from coach.live.voice.session import Session
from observability import metrics

log = structlog.get_logger(__name__)

SEND_SECONDS = 10.0  # how long a client may refuse bytes
CLOSE_CODES = {"shutdown": 1001, "signedOut": 4401, "slow": 1008, "throttled": 1008}
PLAIN = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class VoiceLimits:
    """What a connection is allowed.

    Attributes:
        per_user: connections of one user in this process.
        clients: connections in this process.
        burst: frames at once, and
        per_second: frames a second after that.
    """

    per_user: int = 5
    clients: int = 1_000
    burst: float = 60.0
    per_second: float = 20.0


class Allowance:
    """So many frames at once, then so many a second."""

    def __init__(self, limits: VoiceLimits, now: float) -> None:
        self._limits = limits
        self._left = limits.burst
        self._at = now

    def spend(self, now: float) -> bool:
        """Whether one more frame may come."""
        earned = (now - self._at) * self._limits.per_second
        self._left = min(self._limits.burst, self._left + earned) - 1
        self._at = now
        return self._left >= 0


class Connection:
    """One accepted WebSocket: what the hub tells, and the way out."""

    def __init__(self, visitor: Visitor, send: Send, chain: Chain, hub: Hub) -> None:
        self.visitor = visitor
        self.closing: str | None = None
        self.session = Session(visitor, self, chain=chain, database=hub.database)
        self._send = send
        self._task: asyncio.Task[Any] | None = asyncio.current_task()

    def hear(self, frame: Frame) -> None:
        """An event of this user."""
        self.session.hear(frame)

    def end(self, reason: str) -> None:
        """End the connection."""
        if self.closing is None and self._task is not None:
            self.closing = reason
            self._task.cancel()

    async def text(self, frame: str) -> None:
        """See `Line`."""
        await self._out({"type": "websocket.send", "text": frame})

    async def sound(self, frame: bytes) -> None:
        """See `Line`."""
        await self._out({"type": "websocket.send", "bytes": frame})

    async def _out(self, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            self.end("slow")

    async def close(self) -> None:
        """Say why it ends, if the other side is still there."""
        code = CLOSE_CODES.get(self.closing or "", 1011)
        with contextlib.suppress(RuntimeError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._send(
                    {"type": "websocket.close", "code": code, "reason": self.closing or "error"}
                )


class VoiceApp:
    """One instance serves every voice connection of the process."""

    def __init__(self, hub: Hub, chain: Chain, limits: VoiceLimits) -> None:
        self._hub = hub
        self._chain = chain
        self._limits = limits
        self._by_user: Counter[str] = Counter()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI: admit the client, then talk until one side ends it."""
        await receive()  # websocket.connect
        try:
            visitor = await self._admit(as_request(scope))
        except Refusal as error:
            await refuse(scope, send, error)
            return
        await send({"type": "websocket.accept"})
        await self._serve(Connection(visitor, send, self._chain, self._hub), receive)

    async def aclose(self) -> None:
        """Let the synthesizers go."""
        await self._chain.aclose()

    async def _admit(self, request: HttpRequest) -> Visitor:
        check_request(request)
        hub = self._hub
        await hub.start()
        crowded = self._by_user.total() >= self._limits.clients
        if hub.stopping or crowded or hub.database.waiting > MOST_WAITING:
            raise Refusal(503, "busy", "This server takes no more voice connections now.")
        admission = await hub.database.run(admit, request)
        if admission is None:
            raise Refusal(401, "not_authenticated", "Log in, or send a valid token.")
        visitor, most = admission.visitor, self._limits.per_user
        if self._by_user[visitor.user_id] >= most:
            raise Refusal(429, "throttled", f"At most {most} voice connections for one user.")
        return visitor

    async def _serve(self, connection: Connection, receive: Receive) -> None:
        user_id = connection.visitor.user_id
        self._by_user[user_id] += 1
        self._hub.listen(connection)
        metrics.voice_sessions.inc()
        talking = asyncio.create_task(connection.session.run(), name="voice-session")
        talking.add_done_callback(lambda done: _report(done, connection))
        try:
            await self._listen(connection, receive)
        except asyncio.CancelledError:
            if connection.closing is None:
                raise
            asyncio.current_task().uncancel()  # type: ignore[union-attr]
            await connection.close()
        finally:
            metrics.voice_sessions.dec()
            self._hub.unlisten(connection)
            self._by_user[user_id] -= 1
            talking.cancel()

    async def _listen(self, connection: Connection, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        allowance = Allowance(self._limits, loop.time())
        while (message := await receive())["type"] != "websocket.disconnect":
            if not allowance.spend(loop.time()):
                connection.end("throttled")
                await asyncio.sleep(0)  # ends here: an answer that need not wait would not notice
            text = message.get("text")
            if text is None:
                refused = FrameError(None, "Binary frames are not taken.")
                await connection.text(refusal(refused))
            else:
                await connection.session.take(text)


def _report(done: asyncio.Task[None], connection: Connection) -> None:
    """A session that broke is ended, and the client comes back to a new one."""
    if done.cancelled() or (error := done.exception()) is None:
        return
    if not isinstance(error, OSError):
        log.error("voice_session_broke", error=repr(error), exc_info=error)
    connection.end("error")


def as_request(scope: Message) -> HttpRequest:
    """The opening request as Django sees it.

    Raises:
        Refusal: its query is not UTF-8.
    """
    scheme = PLAIN.get(scope.get("scheme", "ws"), "http")
    return parse_request({**scope, "method": "GET", "scheme": scheme})


async def refuse(scope: Message, send: Send, refusal: Refusal) -> None:
    """Answer the opening request with the refusal, or close where the server cannot."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": str(refusal)})
        return
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(refusal.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    start = "websocket.http.response.start"
    await send({"type": start, "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": refusal.body})


async def not_found(scope: Message, receive: Receive, send: Send) -> None:
    """Every other WebSocket address."""
    await receive()
    await refuse(scope, send, Refusal(404, "not_found", "There is no such address."))
