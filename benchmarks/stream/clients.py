"""Thousands of stream clients in one process, as cheap as Python allows."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

# The ring's offset of an event, and the moment (epoch ms) from which its age is counted.
OFFSET = re.compile(rb"id: \d+-(\d+)\nevent: bar\ndata: \{\"srvTs\":([0-9.]+),")


@dataclass
class Tally:
    """What all clients together saw."""

    latencies_ms: list[float] = field(default_factory=list)
    joined: int = 0
    events: int = 0
    lost: int = 0
    broken: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until `condition()` holds; looked at when something has come."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def until_answered(self, number: int) -> None:
        """Wait until so many clients got their hello or were hung up on."""
        await self.until(lambda: self.joined + self.broken >= number)


class StreamClient(asyncio.Protocol):
    """One client: times each event and sees that the offsets have no hole."""

    def __init__(self, request: bytes, tally: Tally, pattern: re.Pattern[bytes] = OFFSET) -> None:
        self._request = request
        self._pattern = pattern
        self._tally = tally
        self._last = 0
        self._rest = b""
        self._welcomed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count whole events; a cut one waits for its rest."""
        now = time.time() * 1000
        tally = self._tally
        data = self._rest + data
        if not self._welcomed and b"event: hello" in data:
            self._welcomed = True
            tally.joined += 1
        end = data.rfind(b"\n\n") + 2
        if end < 2:
            self._rest = data
            return
        for match in self._pattern.finditer(data, 0, end):
            offset = int(match[1])
            if self._last and offset != self._last + 1:
                tally.lost += offset - self._last - 1
            self._last = offset
            tally.events += 1
            tally.latencies_ms.append(now - float(match[2]))
        self._rest = data[end:]
        tally.changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Nobody should hang up before the end."""
        self._tally.broken += 1
        self._tally.changed.set()


async def join(
    number: int,
    *,
    host: str,
    port: int,
    token: str,
    tally: Tally,
    at_once: int = 100,
    pattern: re.Pattern[bytes] = OFFSET,
    symbols: str = "SPY",
) -> list[asyncio.Transport]:
    """Connect `number` clients, `at_once` at a time, and wait until each got its hello."""
    request = (
        f"GET /api/stream?symbols={symbols} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Token {token}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    transports: list[asyncio.Transport] = []
    for start in range(0, number, at_once):
        pairs = await asyncio.gather(
            *(
                loop.create_connection(lambda: StreamClient(request, tally, pattern), host, port)
                for _ in range(min(at_once, number - start))
            )
        )
        transports += [transport for transport, _ in pairs]
        await tally.until_answered(len(transports))
    if tally.broken:
        raise ConnectionError(f"{tally.broken} of {number} clients were refused")
    return transports
