"""The vendor's WebSocket: logging in, subscriptions, aggregates; and how it fails."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.vendor.rest import KEY

Json = dict[str, Any]
T = TypeVar("T")


def status(word: str, message: str) -> Json:
    """A status as the vendor sends it."""
    return {"ev": "status", "status": word, "message": message}


def event(row: Json, symbol: str, *, kind: str = "AM") -> Json:
    """A REST bar as the stream gives it."""
    length = 60_000 if kind in ("AM", "XA") else 1_000
    named = {"pair": symbol} if kind.startswith("X") else {"sym": symbol}
    return {
        "ev": kind,
        **named,
        **{name: row[name] for name in ("o", "h", "l", "c", "v")},
        **({"vw": row["vw"]} if "vw" in row else {}),
        "av": row["v"],
        "op": row["o"],
        "a": row["c"],
        "z": 100,
        "s": row["t"],
        "e": row["t"] + length,
    }


class StreamServer:
    """One WebSocket server on a port of its own, in a thread of its own."""

    def __init__(self, *, port: int = 0) -> None:
        self.joins = 0
        self.keys_seen: list[str] = []
        self.refuse = False
        """Answer new connections with 503."""
        self.answer: Json | None = None
        """Instead of auth_success."""
        self._subscribed: dict[ServerConnection, set[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: Server = self._call(self._serve(port))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Its port."""
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def clients(self) -> int:
        """Connections that have subscribed."""
        return len(self._subscribed)

    @property
    def subscriptions(self) -> set[str]:
        """What they subscribed to."""
        return set().union(*self._subscribed.values())

    def say(self, *events: Json) -> None:
        """Send events to whoever subscribed to them, in one message."""
        self._call(self._say(events))

    def say_raw(self, text: str) -> None:
        """Send a text to everybody."""
        self._call(self._send_all(text))

    def drop(self) -> None:
        """Cut every connection, without a word."""
        self._call(self._drop())

    def freeze(self) -> None:
        """Keep the connections and read nothing any more: no answer to a ping."""
        self._call(self._freeze())

    def stop(self) -> None:
        """End it."""
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(10)

    async def _serve(self, port: int) -> Server:
        return await serve(
            self._handle,
            "127.0.0.1",
            port,
            process_request=self._admit,
            ping_interval=None,
            close_timeout=0.2,
        )

    def _admit(self, connection: ServerConnection, _: Request) -> Response | None:
        if self.refuse:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "away\n")
        return None

    async def _handle(self, connection: ServerConnection) -> None:
        try:
            await self._send(connection, status("connected", "Connected Successfully"))
            async for message in connection:
                await self._follow(connection, json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            self._subscribed.pop(connection, None)

    async def _follow(self, connection: ServerConnection, asked: Json) -> None:
        if asked["action"] == "auth":
            self.keys_seen.append(asked["params"])
            right = asked["params"] == KEY
            failed = status("auth_failed", "authentication failed")
            said = self.answer or (status("auth_success", "authenticated") if right else failed)
            await self._send(connection, said)
            if said["status"] != "auth_success":
                await connection.close()
            return
        names = asked["params"].split(",")
        words = [status("success", f"subscribed to: {name}") for name in names]
        await self._send(connection, *words)
        self._subscribed[connection] = set(names)
        self.joins += 1

    async def _send(self, connection: ServerConnection, *events: Json) -> None:
        await connection.send(json.dumps(events))

    async def _say(self, events: tuple[Json, ...]) -> None:
        for connection, names in list(self._subscribed.items()):
            wanted = [each for each in events if _channel(each) in names]
            if wanted:
                with suppress(ConnectionClosed):  # it has gone: its handler forgets it
                    await self._send(connection, *wanted)

    async def _send_all(self, text: str) -> None:
        for connection in list(self._subscribed):
            await connection.send(text)

    async def _drop(self) -> None:
        for connection in list(self._subscribed):
            connection.transport.abort()
        self._subscribed.clear()

    async def _freeze(self) -> None:
        for connection in list(self._subscribed):
            connection.transport.pause_reading()

    async def _stop(self) -> None:
        await self._drop()
        self._server.close()
        await self._server.wait_closed()


def _channel(event: Json) -> str:
    return f"{event['ev']}.{event.get('sym') or event.get('pair')}"
