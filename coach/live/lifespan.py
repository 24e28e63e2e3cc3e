"""What happens when the web process starts and stops."""

from __future__ import annotations

import asyncio
import resource
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType

from coach.live.hub import Hub
from coach.live.subscriber import Message, Send
from coach.live.voice.app import VoiceApp

Handler = Callable[[int, FrameType | None], object]
OPEN_FILES = 65_536


def allow_open_files() -> None:
    """A stream is an open file, and many systems allow 1,024 until a process asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Lifespan:
    """ASGI's lifespan: the hub reads the ring before the first client comes."""

    def __init__(self, hub: Hub, voice: VoiceApp) -> None:
        self._hub = hub
        self._voice = voice

    async def __call__(
        self, _scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
    ) -> None:
        """ASGI: start, wait for the end, stop."""
        await receive()
        allow_open_files()
        self._end_streams_first()
        await self._hub.start()
        await self._hub.ready(5.0)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.stop()
        await self._voice.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    def _end_streams_first(self) -> None:
        """A server told to stop waits for its responses before it tells the application, and a
        stream never ends by itself: so the streams are ended by the signal itself."""
        if threading.current_thread() is not threading.main_thread():
            return  # signals belong to the main thread
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, self._chained(loop, before))

    def _chained(self, loop: asyncio.AbstractEventLoop, before: Handler) -> Handler:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._hub.end_all, "shutdown")
            before(number, frame)

        return handle
