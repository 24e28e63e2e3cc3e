"""A client's queue: what waits, what replaces what, and what is never dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest

from coach.live.access import Visitor
from coach.live.outgoing import Outgoing
from coach.live.ring import Entry, Frame, Position
from coach.live.subscriber import QUEUE, Message, Subscriber
from coach.live.tests.conftest import alert, bar

VISITOR = Visitor("U", "session", None, 0)
SPY = frozenset({"SPY"})


class Socket:
    """An ASGI `send` whose buffer can be full."""

    def __init__(self) -> None:
        self.written = b""
        self.free = asyncio.Event()
        self.free.set()

    async def send(self, message: Message) -> None:
        await self.free.wait()
        self.written += message["body"]

    def numbers(self, kind: str) -> list[int]:
        """seq or n of the events of a kind that were written."""
        blocks = self.written.decode().split("\n\n")[:-1]
        events = [block.split("\n") for block in blocks]
        data = [orjson.loads(e[2][6:]) for e in events if f"event: {kind}" in e]
        return [item["n"] if "n" in item else item["seq"] for item in data]


@pytest.fixture
async def socket() -> Socket:
    return Socket()


def joined(send: Callable[[Message], Awaitable[None]]) -> Subscriber:
    subscriber = Subscriber(VISITOR, SPY, send, rotate_at=1e9, now=0.0)
    subscriber.release(0.0)
    return subscriber


def events(*frames: Frame) -> list[Outgoing]:
    return [
        Outgoing(Entry(Position(1, number), frame)) for number, frame in enumerate(frames, start=1)
    ]


async def drained(subscriber: Subscriber, socket: Socket) -> None:
    """Let the socket take bytes again and wait until everything is out."""
    socket.free.set()
    assert subscriber._writing
    await subscriber._writing
    assert subscriber.stuck_since is None
    assert subscriber.waiting == 0


async def test_a_free_socket_gets_everything_at_once_without_a_task(socket: Socket) -> None:
    subscriber = joined(socket.send)
    tasks = asyncio.all_tasks()
    for event in events(bar(1, kind="microbar"), bar(2, kind="microbar"), bar(1), alert(1, "U")):
        assert subscriber.offer(event)
    subscriber.flush(1.0)
    assert asyncio.all_tasks() == tasks
    assert socket.numbers("microbar") == [1, 2]
    assert socket.numbers("bar") == socket.numbers("alert") == [1]
    assert subscriber.written_at == 1.0


async def test_a_full_socket_gets_the_newest_microbar_and_every_alert_in_order(
    socket: Socket,
) -> None:
    subscriber = joined(socket.send)
    socket.free.clear()
    subscriber.write(b": first\n\n", 1.0)
    assert subscriber.stuck_since == 1.0
    frames = [f for n in range(1, 101) for f in (bar(n, kind="microbar"), alert(n, "U"))]
    for event in events(*frames):
        assert subscriber.offer(event)
        subscriber.flush(2.0)
    assert socket.written == b""
    await drained(subscriber, socket)
    assert socket.written.startswith(b": first\n\n")
    assert socket.numbers("microbar") == [100]
    assert socket.numbers("alert") == list(range(1, 101))


async def test_a_full_queue_keeps_the_newest_bar_of_each_timeframe(socket: Socket) -> None:
    subscriber = joined(socket.send)
    socket.free.clear()
    subscriber.write(b": first\n\n", 1.0)
    fives = Frame("bar", b'{"symbol":"SPY","timeframe":"5m","seq":7}', symbol="SPY")
    minutes = [bar(n) for n in range(1, 3 * QUEUE)]
    for event in events(fives, *minutes, alert(1, "U")):
        assert subscriber.offer(event)
    assert subscriber.waiting <= QUEUE
    await drained(subscriber, socket)
    bars = socket.numbers("bar")
    assert bars[0] == 7, "the only bar of its timeframe"
    assert bars[1:] == sorted(bars[1:])
    assert bars[-1] == 3 * QUEUE - 1
    assert socket.numbers("alert") == [1]


async def test_more_alerts_than_the_queue_holds_end_the_stream(socket: Socket) -> None:
    subscriber = joined(socket.send)
    socket.free.clear()
    subscriber.write(b": first\n\n", 1.0)
    offered = [subscriber.offer(event) for event in events(*[alert(n, "U") for n in range(1, 400)])]
    assert offered.index(False) == QUEUE


async def test_a_reset_takes_the_place_of_what_waits(socket: Socket) -> None:
    subscriber = Subscriber(VISITOR, SPY, socket.send, rotate_at=1e9, now=0.0)
    for event in events(bar(1), alert(1, "U")):
        subscriber.offer(event)
    subscriber.restart(b"event: reset\n\n", 1.0)
    assert socket.written == b"", "its replay is still being sent"
    subscriber.release(2.0)
    assert socket.written == b"event: reset\n\n"


async def test_events_that_the_client_has_are_skipped(socket: Socket) -> None:
    subscriber = joined(socket.send)
    subscriber.start_after(Position(1, 2))
    for event in events(bar(1), bar(2), bar(3)):
        subscriber.offer(event)
    subscriber.flush(1.0)
    assert socket.numbers("bar") == [3]


async def test_a_broken_response_ends_the_stream() -> None:
    async def send(_: Message) -> None:
        raise RuntimeError("after the end")

    async def serve() -> None:
        subscriber = joined(send)
        subscriber.write(b"x", 1.0)
        assert subscriber.closing == "broken"
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(serve())
