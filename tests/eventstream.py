"""A client of the event stream that reads the socket itself, so that a test sees every byte."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came."""

    kind: str
    id: str | None
    data: Any


@dataclass
class EventStream:
    """An open stream. Read it with `until`; every event so far is in `events`."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    events: list[Event] = field(default_factory=list)
    comments: int = 0
    retry: int | None = None
    ended: bool = False
    body: bytes = b""

    @property
    def last_id(self) -> str | None:
        """What a browser would send as Last-Event-ID."""
        return next((event.id for event in reversed(self.events) if event.id), None)

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds so far."""
        return [event for event in self.events if event.kind in kinds]

    async def until(self, condition: Callable[[EventStream], Any], seconds: float = 20) -> None:
        """Read until `condition(self)` holds."""
        try:
            async with asyncio.timeout(seconds):
                while not condition(self):
                    await self._read()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s; {self.events[-5:]}") from None

    async def until_more(self, events: int, seconds: float = 60) -> None:
        """Read until there are more than so many events, or the stream has ended."""
        await self.until(lambda stream: stream.ended or len(stream.events) > events, seconds)

    async def until_ended(self, seconds: float = 20) -> None:
        """Read until the response ends or the connection breaks."""
        await self.until(lambda stream: stream.ended, seconds)

    async def _read(self) -> None:
        if self.ended:
            raise AssertionError(f"the stream has ended; {self.events[-5:]}")
        try:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            self.body += (await self.reader.readexactly(size + 2))[:-2]
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended = True
            return
        self.ended = size == 0
        *blocks, self.body = self.body.split(b"\n\n")
        for block in blocks:
            self._take(block.decode())

    def _take(self, block: str) -> None:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            if line.startswith(":"):
                self.comments += 1
            else:
                name, _, value = line.partition(": ")
                fields[name] = value
        if "retry" in fields:
            self.retry = int(fields["retry"])
        if "data" in fields:
            data = orjson.loads(fields["data"])
            self.events.append(Event(fields.get("event", "message"), fields.get("id"), data))

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


async def open_stream(
    port: int, query: str = "", *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> EventStream:
    """Ask for `/api/stream` and read the answer's head; a refusal's JSON is in `body`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = {"Host": f"127.0.0.1:{port}", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"{method} /api/stream{query} HTTP/1.1\r\n{head}\r\n".encode())
    status, *raw = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    answered = dict(line.lower().split(": ", 1) for line in raw if line)
    stream = EventStream(int(status.split()[1]), answered, reader, writer)
    if "content-length" in answered:
        stream.body = await reader.readexactly(int(answered["content-length"]))
        stream.ended = True
    return stream
