"""Interrupts at seeded moments: when the last chunk of sound came, and what came too late."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

import orjson
from websockets.asyncio.client import ClientConnection, connect

from coach.live.voice.protocol import HEAD

CONNECTIONS = 5  # as many as one user may have
LATEST = 1.2  # seconds into a sentence of about three


@dataclass
class Tally:
    """What was measured; ms. `stale` chunks came after the server had said that it stopped."""

    first_audio: list[float] = field(default_factory=list)
    last_chunk: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)
    chunks: int = 0
    stale: int = 0


class Talk:
    """One connection."""

    def __init__(self, socket: ClientConnection, tally: Tally) -> None:
        self._socket = socket
        self._tally = tally
        self._number = 0
        self._stopped = 0  # the server said that it sends no more of this one

    async def hello(self) -> None:
        """Wait for the server's first frame."""
        await self._socket.recv()

    async def cut(self, after: float) -> None:
        """Have a sentence said and cut it off `after` seconds."""
        self._number += 1
        asked = time.perf_counter()
        await self._send({"type": "sample"})
        await self._first_chunk()
        self._tally.first_audio.append((time.perf_counter() - asked) * 1000)
        moment = time.perf_counter() + after
        while (left := moment - time.perf_counter()) > 0:
            await self._next(left)
        now = time.time() * 1000
        began = last = time.perf_counter()
        await self._send({"type": "interrupt", "utteranceId": self._number, "onsetTs": now})
        while (frame := await self._next(10)) != "say.end":
            if frame == "sound":
                last = time.perf_counter()
        self._stopped = self._number
        self._tally.last_chunk.append((last - began) * 1000)
        self._tally.acknowledged.append((time.perf_counter() - began) * 1000)

    async def rest(self) -> None:
        """Hear whatever should not come any more."""
        while await self._next(0.5) is not None:
            pass

    async def _first_chunk(self) -> None:
        while await self._next(10) != "sound":
            pass

    async def _next(self, seconds: float) -> str | None:
        """The next frame's kind; `sound` for a chunk of this sentence; None: none came."""
        try:
            raw = await asyncio.wait_for(self._socket.recv(), seconds)
        except TimeoutError:
            return None
        if isinstance(raw, str):
            return str(orjson.loads(raw)["type"])
        number, _ = HEAD.unpack_from(raw)
        self._tally.chunks += 1
        if number == self._number > self._stopped:
            return "sound"
        self._tally.stale += 1
        return "stale"

    async def _send(self, frame: dict[str, object]) -> None:
        await self._socket.send(orjson.dumps(frame).decode())


async def measure(port: int, token: str, *, interrupts: int, seed: int) -> Tally:
    """Cut off that many sentences, over several connections at a time."""
    total = Tally()
    share = [interrupts // CONNECTIONS + (n < interrupts % CONNECTIONS) for n in range(CONNECTIONS)]
    tallies = await asyncio.gather(
        *(_one(port, token, count, random.Random(seed + n)) for n, count in enumerate(share))  # noqa: S311
    )
    for tally in tallies:
        total.first_audio += tally.first_audio
        total.last_chunk += tally.last_chunk
        total.acknowledged += tally.acknowledged
        total.chunks += tally.chunks
        total.stale += tally.stale
    return total


async def _one(port: int, token: str, count: int, moments: random.Random) -> Tally:
    tally = Tally()
    headers = {"Authorization": f"Token {token}"}
    url = f"ws://127.0.0.1:{port}/ws/coach"
    async with connect(url, additional_headers=headers, compression=None) as socket:
        talk = Talk(socket, tally)
        await talk.hello()
        for _ in range(count):
            await talk.cut(moments.uniform(0, LATEST))
        await talk.rest()
    return tally
