"""Synthesizers in order of preference: who fails is left alone for a while, the next one speaks."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from coach.live.voice.breaker import Breaker
from coach.live.voice.synthesizer import Sound, Synthesizer, SynthesizerError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """A synthesizer and the breaker before it."""

    synthesizer: Synthesizer
    breaker: Breaker = field(default_factory=Breaker)


class Chain:
    """Speaks with the first synthesizer that can.

    One that fails within a sentence is followed by the next from the sentence's beginning: half a
    price is worse than one heard twice.
    """

    def __init__(
        self, links: Sequence[Link], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._links = links
        self._clock = clock

    @property
    def name(self) -> str | None:
        """The synthesizer that would be asked now; None: there is none."""
        working = [link for link in self._links if not link.breaker.open]
        return next((link.synthesizer.name for link in working or self._links), None)

    async def speak(self, text: str, rate: float) -> AsyncGenerator[Sound, None]:
        """See `Synthesizer.speak`."""
        reasons = []
        for link in self._links:
            if not link.breaker.allows(self._clock()):
                reasons.append(f"{link.synthesizer.name} rests")
                continue
            try:
                async with aclosing(self._try(link, text, rate)) as sounds:
                    async for sound in sounds:
                        yield sound
            except SynthesizerError as error:
                log.warning("voice_failed", synthesizer=link.synthesizer.name, error=str(error))
                reasons.append(str(error))
            else:
                return
        raise SynthesizerError("; ".join(reasons) or "there is no synthesizer")

    async def _try(self, link: Link, text: str, rate: float) -> AsyncGenerator[Sound, None]:
        decided = False
        try:
            async with aclosing(link.synthesizer.speak(text, rate)) as sounds:
                async for sound in sounds:
                    yield sound
            link.breaker.succeeded()
            decided = True
        except SynthesizerError:
            link.breaker.failed(self._clock())
            decided = True
            raise
        finally:
            if not decided:
                link.breaker.abandoned()

    async def warm(self) -> None:
        """Have every synthesizer ready before the first sentence."""
        for link in self._links:
            try:
                await link.synthesizer.warm()
            except SynthesizerError as error:
                log.warning("voice_failed", synthesizer=link.synthesizer.name, error=str(error))

    async def aclose(self) -> None:
        """Close every synthesizer."""
        for link in self._links:
            await link.synthesizer.aclose()
