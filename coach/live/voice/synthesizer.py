"""What a synthesizer is: text in, pieces of sound out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


class SynthesizerError(Exception):
    """No sound, or no more of it, can be had for this sentence."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of speech.

    Attributes:
        rate: samples a second.
        data: signed 16-bit little-endian samples, one channel.
        maker: the name of the synthesizer that made it.
    """

    rate: int
    data: bytes
    maker: str

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.data) / 2 / self.rate


class Synthesizer(Protocol):
    """Anything that speaks."""

    @property
    def name(self) -> str:
        """As in metrics and in the client's settings."""

    def speak(self, text: str, rate: float) -> AsyncGenerator[Sound, None]:
        """The sound of `text`, piece by piece as it is made; closing it ends the work at once.

        Args:
            rate: 1 is normal speed, 2 twice as fast.

        Raises:
            SynthesizerError: while it is read.
        """

    async def warm(self) -> None:
        """Be ready before anybody waits.

        Raises:
            SynthesizerError: it cannot speak now.
        """

    async def aclose(self) -> None:
        """Let go of processes and connections."""
