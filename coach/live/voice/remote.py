"""A synthesizer that speaks OpenAI's protocol: `POST /v1/audio/speech`, raw PCM as it is made."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from coach.live.voice.synthesizer import Sound, SynthesizerError

SAMPLE_RATE = 24_000  # of `response_format: pcm`: 16 bits, one channel
PIECE = SAMPLE_RATE // 10 * 2  # a tenth of a second
SLOWEST, FASTEST = 0.25, 4.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is and what is asked of it; seconds.

    Attributes:
        url: up to and without `/v1`.
        patience: how long it may be silent, at first and between two pieces, and by how much its
            sound may come later than it is heard.
    """

    url: str
    key: str = ""
    model: str = "tts-1"
    voice: str = "alloy"
    connect: float = 1.0
    patience: float = 1.5


class Remote:
    """One server; a sentence is one request."""

    name = "remote"

    def __init__(self, server: Server) -> None:
        self._server = server
        headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(server.patience, connect=server.connect),
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=5),
        )

    async def speak(self, text: str, rate: float) -> AsyncGenerator[Sound, None]:
        """See `Synthesizer.speak`."""
        body = {
            "model": self._server.model,
            "voice": self._server.voice,
            "input": text,
            "response_format": "pcm",
            "speed": min(FASTEST, max(SLOWEST, rate)),
        }
        try:
            async with self._client.stream("POST", self._url, json=body) as response:
                if response.status_code != httpx.codes.OK:
                    raise SynthesizerError(f"the speech server answers {response.status_code}")
                async for sound in self._sounds(response):
                    yield sound
        except httpx.HTTPError as error:
            raise SynthesizerError(f"the speech server: {type(error).__name__}") from error

    async def warm(self) -> None:
        """Nothing to do: the first request connects."""

    @property
    def _url(self) -> str:
        return self._server.url.rstrip("/") + "/v1/audio/speech"

    async def _sounds(self, response: httpx.Response) -> AsyncGenerator[Sound, None]:
        """Whole samples, whatever pieces the network makes of them.

        Raises:
            SynthesizerError: no sound at all, or so slowly that the sentence would falter.
        """
        held, heard, waited = b"", 0.0, 0.0
        asked = time.monotonic()
        async for piece in response.aiter_bytes():
            waited += time.monotonic() - asked
            if waited > heard + self._server.patience:
                raise SynthesizerError("the speech server is slower than speech")
            held += piece
            while len(held) >= PIECE:
                sound = Sound(SAMPLE_RATE, held[:PIECE], self.name)
                held = held[PIECE:]
                heard += sound.seconds
                yield sound
            asked = time.monotonic()
        if len(held) >= 2:
            yield Sound(SAMPLE_RATE, held[: len(held) // 2 * 2], self.name)
        elif not heard:
            raise SynthesizerError("the speech server sends no sound")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
