"""The embedded synthesizer: eSpeak NG, in a process of its own (see `espeak_process`)."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import re
import struct
import sys
from collections.abc import AsyncGenerator
from itertools import count
from pathlib import Path

import orjson
import structlog

from coach.live.voice.synthesizer import Sound, SynthesizerError

log = structlog.get_logger(__name__)

PROGRAM = Path(__file__).with_name("espeak_process.py")
HEAD = struct.Struct("<IBI")
RATE, AUDIO, END, FAILED = range(4)
START_SECONDS = 10.0
STALL_SECONDS = 5.0  # a whole sentence takes some 15 ms
CAPITALS = re.compile(r"\b[A-Z]{2,6}\b")
WORDS = {"SPY": "spy", "VWAP": "V wap"}

Piece = tuple[int, bytes]


def available() -> bool:
    """Whether the library is installed."""
    return importlib.util.find_spec("espeakng_loader") is not None


def spelled(text: str) -> str:
    """Symbols and abbreviations letter by letter: the library would pronounce MSFT as a word."""
    return CAPITALS.sub(lambda found: WORDS.get(found[0]) or " ".join(found[0]), text)


class Helper:
    """One run of the process, and who waits for what from it."""

    def __init__(self, process: asyncio.subprocess.Process, sample_rate: int) -> None:
        assert process.stdin is not None  # noqa: S101  it was started with pipes
        assert process.stdout is not None  # noqa: S101
        self.sample_rate = sample_rate
        self.process = process
        self._input = process.stdin
        self._output = process.stdout
        self._waiting: dict[int, asyncio.Queue[Piece]] = {}
        self._reading = asyncio.create_task(self._read(), name="espeak-reader")

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._reading.done()

    def ask(self, number: int, text: str, rate: float) -> asyncio.Queue[Piece]:
        """Where the pieces of a sentence will come."""
        pieces: asyncio.Queue[Piece] = asyncio.Queue()
        self._waiting[number] = pieces
        self._write({"id": number, "text": text, "rate": rate})
        return pieces

    def forget(self, number: int) -> None:
        """Nobody waits for this sentence any more; stop it if it is not through."""
        if self._waiting.pop(number, None) is not None and self.alive:
            self._write({"cancel": number})

    def _write(self, asked: dict[str, object]) -> None:
        # A few hundred bytes into a pipe that the other side always reads: no need to drain.
        self._input.write(orjson.dumps(asked) + b"\n")

    async def _read(self) -> None:
        try:
            while True:
                number, kind, length = HEAD.unpack(await self._output.readexactly(HEAD.size))
                data = await self._output.readexactly(length)
                pieces = self._waiting.get(number)
                if pieces is None:
                    continue
                if kind != AUDIO:
                    del self._waiting[number]
                pieces.put_nowait((kind, data))
        except asyncio.IncompleteReadError:
            log.warning("espeak_ended")
        finally:
            for pieces in self._waiting.values():
                pieces.put_nowait((FAILED, b""))

    async def close(self) -> None:
        """End the process."""
        self._reading.cancel()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class Espeak:
    """Starts the process with the first sentence, and again when it has died."""

    name = "espeak"

    def __init__(self) -> None:
        self._numbers = count(1)
        self._helper: Helper | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, while it runs."""
        return self._helper.process.pid if self._helper and self._helper.alive else None

    async def warm(self) -> None:
        """Start the process; see `Synthesizer.warm`."""
        await self._started()

    async def speak(self, text: str, rate: float) -> AsyncGenerator[Sound, None]:
        """See `Synthesizer.speak`."""
        helper = await self._started()
        number = next(self._numbers)
        pieces = helper.ask(number, spelled(text), rate)
        try:
            while True:
                try:
                    kind, data = await asyncio.wait_for(pieces.get(), STALL_SECONDS)
                except TimeoutError as error:
                    raise SynthesizerError("eSpeak NG makes no sound") from error
                if kind == FAILED:
                    raise SynthesizerError("eSpeak NG ended within a sentence")
                if kind == END:
                    return
                yield Sound(helper.sample_rate, data, self.name)
        finally:
            helper.forget(number)

    async def _started(self) -> Helper:
        async with self._starting:
            if self._helper is None or not self._helper.alive:
                if self._helper is not None:
                    await self._helper.close()
                self._helper = await _start()
            return self._helper

    async def aclose(self) -> None:
        """End the process."""
        helper, self._helper = self._helper, None
        if helper is not None:
            await helper.close()


async def _start() -> Helper:
    """A running process that has said at which rate it speaks."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None  # noqa: S101
    try:
        async with asyncio.timeout(START_SECONDS):
            head = await process.stdout.readexactly(HEAD.size)
            (rate,) = struct.unpack("<I", await process.stdout.readexactly(HEAD.unpack(head)[2]))
    except (asyncio.IncompleteReadError, TimeoutError) as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise SynthesizerError("eSpeak NG does not start") from error
    log.info("espeak_started", pid=process.pid, sample_rate=rate)
    return Helper(process, rate)
