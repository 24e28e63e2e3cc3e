"""One client's end of the stream: its queue, and how bytes get to its socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable, MutableMapping
from functools import partial
from typing import Any, cast

from coach.live.access import Visitor
from coach.live.outgoing import Outgoing, chunk_for
from coach.live.ring import Position

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
# What waits, oldest first: under its key, the mark by which it may be thinned out, and the bytes.
Queue = dict[Hashable, tuple[Hashable | None, bytes]]
QUEUE = 256


class _Resumed:
    """Lets a task finish a coroutine that was begun by hand and now waits for `future`."""

    __slots__ = ("_coroutine", "_future")

    def __init__(self, coroutine: Coroutine[Any, Any, None], future: object) -> None:
        self._coroutine = coroutine
        self._future = future

    def __await__(self) -> Generator[Any, Any, None]:
        future = self._future
        while True:
            step: Callable[[], object]
            try:
                value = yield future
            except BaseException as error:  # noqa: BLE001  whatever it is, it is the coroutine's
                step = partial(self._coroutine.throw, error)
            else:
                step = partial(self._coroutine.send, value)
            try:
                future = step()
            except StopIteration:
                return


class Subscriber:
    """A connected client.

    Bytes are written from the fan-out itself, without a task of the client's own: a send that the
    server can take at once never waits, so its coroutine is run by hand to its end. Only when the
    socket's buffer is full does a task finish it, and events gather in the queue meanwhile: bars
    replace older bars, nothing else is dropped, and a queue that is full all the same ends the
    stream. The client comes back and resumes.

    Attributes:
        stuck_since: since when nothing could be written (loop time); None: the socket takes all.
        closing: why the stream is being ended; None: it is not.
    """

    __slots__ = (
        "_after",
        "_queue",
        "_send",
        "_writing",
        "closing",
        "rotate_at",
        "stuck_since",
        "symbols",
        "task",
        "visitor",
        "written_at",
    )

    def __init__(
        self,
        visitor: Visitor,
        symbols: frozenset[str] | None,
        send: Send,
        *,
        rotate_at: float,
        now: float,
    ) -> None:
        self.visitor = visitor
        self.symbols = symbols
        self.rotate_at = rotate_at
        self.written_at = now
        self.stuck_since: float | None = now  # until the replay is out: see `release`
        self.closing: str | None = None
        self.task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._send = send
        self._queue: Queue = {}
        self._writing: asyncio.Task[None] | None = None
        self._after = Position(0, 0)

    @property
    def waiting(self) -> int:
        """Frames in the queue."""
        return len(self._queue)

    def start_after(self, position: Position) -> None:
        """Skip the events up to `position`: the client has them."""
        self._after = position

    def offer(self, event: Outgoing) -> bool:
        """Queue what this client gets of an event, to be written by `flush`.

        Returns:
            False when the queue is full and the stream must end.
        """
        chunk = chunk_for(event, self.symbols)
        if chunk is None or event.position <= self._after:
            return True
        queue = self._queue
        key: Hashable = event.position
        if self.stuck_since is not None:
            key = event.replaces or key
            queue.pop(key, None)  # the newer one goes to the end, where its place is
            if len(queue) >= QUEUE:
                queue = self._thin_out()
        queue[key] = (event.thins, chunk)
        return len(queue) <= QUEUE

    def _thin_out(self) -> Queue:
        """Keep only the newest waiting bar of each symbol."""
        newest = {mark: key for key, (mark, _) in self._queue.items() if mark is not None}
        keep = set(newest.values())
        self._queue = {
            key: item for key, item in self._queue.items() if item[0] is None or key in keep
        }
        return self._queue

    def restart(self, reset: bytes, now: float) -> None:
        """Forget what waits, it is from another ring, and send `reset` in its place."""
        self._queue.clear()
        self._queue["reset"] = (None, reset)
        self.flush(now)

    def flush(self, now: float) -> None:
        """Write the queue, as far as the socket takes it without waiting."""
        if self._queue and self.stuck_since is None and not self.closing:
            self.write(self._take(), now)

    def release(self, now: float) -> None:
        """The replay is out; from here on events are written as they come."""
        self.stuck_since = None
        self.flush(now)

    def write(self, chunk: bytes, now: float) -> None:
        """Write `chunk`; what the socket does not take at once is finished by a task."""
        self.written_at = now
        sending = self._body(chunk)
        try:
            future = sending.send(None)
        except StopIteration:
            return
        except (OSError, RuntimeError):  # the response is over, and its task will see it
            self.end("broken")
            return
        self.stuck_since = now
        self._writing = asyncio.create_task(self._finish(_Resumed(sending, future)))

    async def _finish(self, sending: _Resumed) -> None:
        """Wait for the socket, then write what has gathered."""
        await sending
        while self._queue:
            await self._body(self._take())
        self.stuck_since = None

    def _body(self, chunk: bytes) -> Coroutine[Any, Any, None]:
        message = {"type": "http.response.body", "body": chunk, "more_body": True}
        return cast("Coroutine[Any, Any, None]", self._send(message))

    def _take(self) -> bytes:
        chunks = [chunk for _, chunk in self._queue.values()]
        self._queue.clear()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def end(self, reason: str) -> None:
        """Wake the client's own task so that it ends the response."""
        if self.closing is None:
            self.closing = reason
            if self._writing:
                self._writing.cancel()
            self.task.cancel()
