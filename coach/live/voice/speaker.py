"""Says sentences to one client, one after another, and stops at once when told to."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, Protocol

from coach.live.voice.chain import Chain
from coach.live.voice.protocol import chunk, event
from coach.live.voice.speech import Sentence
from coach.live.voice.synthesizer import SynthesizerError
from observability import metrics

LEAD_SECONDS = 0.4  # sound that the client holds and has not played yet
MOST_WAITING = 4

Audio = Literal["pcm", "browser", "none"]
Outcome = Literal["said", "interrupted", "replaced", "failed", "shown"]


class Line(Protocol):
    """The way to the client."""

    async def text(self, frame: str) -> None:
        """Send a frame of text."""

    async def sound(self, frame: bytes) -> None:
        """Send a binary frame."""


@dataclass(slots=True)
class Utterance:
    """A sentence on its way. `number` is its generation: sound goes out for the current one only.

    Attributes:
        stopped: why nothing more of it may be sent; None: it may.
        sounded: seconds of sound sent.
    """

    number: int
    sentence: Sentence
    rate: float
    audio: Audio
    cuts: bool
    stopped: Outcome | None = None
    sounded: float = 0.0
    maker: str = "none"


class Speaker:
    """The queue of one client."""

    def __init__(
        self,
        line: Line,
        chain: Chain,
        *,
        market_ms: Callable[[], Awaitable[float]],
    ) -> None:
        self._line = line
        self._chain = chain
        self._market_ms = market_ms
        self._waiting: deque[Utterance] = deque()
        self._wake = asyncio.Event()
        self._current: Utterance | None = None
        self._saying: asyncio.Task[None] | None = None
        self._heard_until = 0.0  # loop time at which the client has played all it got
        self.last_number = 0
        self.last_signal_id: str | None = None

    # --- What is asked ------------------------------------------------------------------------

    def say(self, sentence: Sentence, *, rate: float, audible: bool) -> None:
        """Say it after what is being said."""
        self._enqueue(sentence, rate=rate, audible=audible, cuts=False)

    def say_now(self, sentence: Sentence, *, rate: float, audible: bool) -> None:
        """Say it in place of what is being said and of what waits: somebody asked for it."""
        self._drop("replaced")
        self._enqueue(sentence, rate=rate, audible=audible, cuts=True)

    def interrupt(self, number: int) -> None:
        """Stop utterance `number` and what waited behind it; one that began later goes on."""
        self._waiting.clear()
        if self._current is None or self._current.number <= number:
            self._drop("interrupted")

    def hush(self) -> None:
        """Stop whatever is being said, and forget what waits."""
        self._drop("interrupted")

    def _enqueue(self, sentence: Sentence, *, rate: float, audible: bool, cuts: bool) -> None:
        while len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
        self.last_number += 1
        audio: Audio = "none"
        if audible:
            audio = "pcm" if self._chain.name else "browser"
        self._waiting.append(Utterance(self.last_number, sentence, rate, audio, cuts))
        self._wake.set()

    def _drop(self, outcome: Outcome) -> None:
        self._waiting.clear()
        self._heard_until = 0.0
        if self._current is not None and self._current.stopped is None:
            self._current.stopped = outcome
            if self._saying is not None:
                self._saying.cancel()
        self._wake.set()

    # --- What is done -------------------------------------------------------------------------

    async def run(self) -> None:
        """Say what is asked, until cancelled."""
        try:
            while True:
                await self._quiet_moment()
                if self._waiting:
                    await self._perform(self._waiting.popleft())
        finally:
            if self._saying is not None:
                self._saying.cancel()

    async def _quiet_moment(self) -> None:
        """Wait for something to say, and until the client has heard what came before it."""
        self._wake.clear()
        rest: float | None = None
        if self._waiting:
            rest = self._heard_until - asyncio.get_running_loop().time()
            if rest <= 0:
                return
        try:
            await asyncio.wait_for(self._wake.wait(), rest)
        except TimeoutError:
            return

    async def _perform(self, utterance: Utterance) -> None:
        self._current = utterance
        try:
            if await self._is_stale(utterance.sentence) or utterance.stopped:
                return
            self.last_signal_id = utterance.sentence.signal_id or self.last_signal_id
            await self._line.text(_start(utterance))
            outcome = await self._speak(utterance)
            _count(utterance, outcome)
            await self._line.text(event("say.end", utteranceId=utterance.number, outcome=outcome))
        finally:
            self._current = None

    async def _is_stale(self, sentence: Sentence) -> bool:
        limit = sentence.stale_after_ms
        return limit is not None and await self._market_ms() > limit

    async def _speak(self, utterance: Utterance) -> Outcome:
        if utterance.audio != "pcm":
            return "shown"
        self._saying = asyncio.create_task(self._send_sound(utterance))
        try:
            await asyncio.wait([self._saying])
            error = None if self._saying.cancelled() else self._saying.exception()
        finally:
            self._saying.cancel()
            self._saying = None
        if utterance.stopped:
            return utterance.stopped
        if isinstance(error, SynthesizerError):
            return "failed"
        if error is not None:
            raise error
        return "said"

    async def _send_sound(self, utterance: Utterance) -> None:
        """Send sound a little ahead of what the client plays: what is not sent need not be
        recalled."""
        loop = asyncio.get_running_loop()
        asked, began = time.perf_counter(), None
        sentence = utterance.sentence
        async with aclosing(self._chain.speak(sentence.text, utterance.rate)) as sounds:
            async for sound in sounds:
                if began is None:
                    began = loop.time()
                    metrics.voice_first_audio_ms.observe((time.perf_counter() - asked) * 1000)
                ahead = utterance.sounded - (loop.time() - began)
                if ahead > LEAD_SECONDS:
                    await asyncio.sleep(ahead - LEAD_SECONDS)
                if utterance.stopped:
                    return
                await self._line.sound(chunk(utterance.number, sound))
                utterance.maker = sound.maker
                utterance.sounded += sound.seconds
                if not utterance.stopped:
                    self._heard_until = began + utterance.sounded


def _start(utterance: Utterance) -> str:
    sentence = utterance.sentence
    return event(
        "say.start",
        utteranceId=utterance.number,
        kind=sentence.kind,
        text=sentence.text,
        caption=sentence.caption,
        signalId=sentence.signal_id,
        audio=utterance.audio,
        rate=utterance.rate,
        cuts=utterance.cuts,
    )


def _count(utterance: Utterance, outcome: Outcome) -> None:
    if utterance.audio == "pcm":
        metrics.voice_utterances_total.labels(utterance.maker, outcome).inc()
