"""A client of `/ws/coach` that keeps what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from coach.live.voice.protocol import HEAD

PATIENCE = 30.0


class VoiceClient:
    """Frames in the order they came: dicts for text, `(utterance, rate, samples)` for sound."""

    def __init__(self, socket: ClientConnection) -> None:
        self.frames: list[dict[str, Any] | tuple[int, int, bytes]] = []
        self.closed: int | None = None
        self._socket = socket
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for raw in self._socket:
                frame = orjson.loads(raw) if isinstance(raw, str) else _sound(raw)
                await self._add(frame)
        except ConnectionClosed:
            pass
        finally:
            self.closed = self._socket.close_code
            async with self._news:
                self._news.notify_all()

    async def _add(self, frame: dict[str, Any] | tuple[int, int, bytes]) -> None:
        async with self._news:
            self.frames.append(frame)
            self._news.notify_all()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The frames of text of a kind."""
        return [f for f in self.frames if isinstance(f, dict) and f["type"] == kind]

    def sounds(self, utterance: int | None = None) -> list[tuple[int, int, bytes]]:
        """The frames of sound, of one utterance or of all."""
        found = [frame for frame in self.frames if isinstance(frame, tuple)]
        return [sound for sound in found if utterance in {None, sound[0]}]

    async def until(self, condition: Callable[[VoiceClient], object]) -> None:
        """Wait until the condition holds."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: condition(self))

    async def send(self, kind: str, **data: object) -> None:
        """Send a frame."""
        await self.send_raw(orjson.dumps({"type": kind, **data}).decode())

    async def send_raw(self, raw: str | bytes) -> None:
        """Send anything."""
        await self._socket.send(raw)

    async def close(self) -> None:
        """Hang up."""
        await self._socket.close()
        await self._reading


def _sound(raw: bytes) -> tuple[int, int, bytes]:
    utterance, rate = HEAD.unpack_from(raw)
    return utterance, rate, raw[HEAD.size :]


async def open_voice(
    port: int, headers: Mapping[str, str], *, path: str = "/ws/coach"
) -> VoiceClient:
    """A connection that has said hello.

    Raises:
        websockets.exceptions.InvalidStatus: it is refused.
    """
    socket = await connect(
        f"ws://127.0.0.1:{port}{path}", additional_headers=dict(headers), compression=None
    )
    client = VoiceClient(socket)
    await client.until(lambda c: c.of("hello") or c.closed)
    return client
