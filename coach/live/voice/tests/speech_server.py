"""A server that speaks OpenAI's `/v1/audio/speech`, and misbehaves as told."""

from __future__ import annotations

import asyncio
import math
import struct
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from coach.live.voice.remote import SAMPLE_RATE

Behaviour = Literal["ok", "500", "429", "mute", "stall", "cut", "empty", "crawl"]
CHUNK = 3_001  # odd: pieces end within a sample


def tone(seconds: float) -> bytes:
    """A sound that is not silence."""
    count = int(SAMPLE_RATE * seconds)
    wave = (int(9_000 * math.sin(2 * math.pi * 440 * n / SAMPLE_RATE)) for n in range(count))
    return struct.pack(f"<{count}h", *wave)


@dataclass
class SpeechServer:
    """Answers each request as `behaviour` says at that moment; keeps what was asked."""

    behaviour: Behaviour = "ok"
    sound: bytes = field(default_factory=lambda: tone(0.5))
    asked: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> SpeechServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    @property
    def url(self) -> str:
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1])
            for line in head.splitlines()
            if line.lower().startswith("content-length")
        )
        self.asked.append(orjson.loads(await reader.readexactly(length)))
        self.heads.append(head)
        if self.behaviour == "mute":
            await reader.read()  # until the client gives up
            raise ConnectionResetError
        if self.behaviour.isdigit():
            writer.write(f"HTTP/1.1 {self.behaviour} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\n")
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        await self._send_sound(reader, writer)

    async def _send_sound(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces = [self.sound[at : at + CHUNK] for at in range(0, len(self.sound), CHUNK)]
        if self.behaviour == "empty":
            pieces = []
        elif self.behaviour == "crawl":
            pieces = [self.sound[at : at + 2] for at in range(0, 400, 2)]
        elif self.behaviour != "ok":
            pieces = pieces[:3]
        for piece in pieces:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            if self.behaviour == "crawl":
                await asyncio.sleep(0.02)
        if self.behaviour == "stall":
            await reader.read()
        if self.behaviour in {"stall", "cut"}:
            raise ConnectionResetError
        writer.write(b"0\r\n\r\n")
