"""Many streams on one process: nothing per client but a socket; and a killed process under them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.live import ring
from coach.live.tests.conftest import Trader, alert, bar
from tests.eventstream import EventStream, open_stream
from tests.processes import OwnRedis, wait_until
from tests.webserver import WebServer

pytestmark = pytest.mark.processes
Servers = Callable[..., WebServer]


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def test_five_hundred_streams_take_no_thread_and_no_connection(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    server = web_servers(STREAM_PER_USER="1000")

    async def join() -> EventStream:
        stream = await open_stream(server.port, "?symbols=SPY", headers=trader.cookie)
        await stream.until(lambda s: s.of("hello"))
        return stream

    first = await join()
    threads = threads_of(server.pid)
    streams = [
        stream for _ in range(10) for stream in await asyncio.gather(*(join() for _ in range(50)))
    ]
    assert threads_of(server.pid) == threads
    await asyncio.to_thread(
        wait_until, lambda: server.database_connections == 0, what="no connection is open"
    )
    ring.publish(own_redis.client, [bar(1)])
    ring.publish(own_redis.client, [alert(1, trader.id)])
    for stream in (first, *streams):
        await stream.until(lambda s: s.of("alert"))
        assert len(stream.of("bar")) == 1
    assert threads_of(server.pid) == threads
    for stream in (first, *streams):
        await stream.close()


class Chart:
    """What a browser does: resume where it was, and come back after a loss."""

    def __init__(self, port: int, trader: Trader) -> None:
        self._port = port
        self._trader = trader
        self._last_id: str | None = None
        self.alerts: list[int] = []
        self.welcomed = asyncio.Event()

    async def follow(self, until_n: int) -> None:
        """Come back until the last alert is there."""
        while not self.alerts or self.alerts[-1] < until_n:
            try:
                await self._follow_once(until_n)
            except (ConnectionError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)  # between two attempts, as a browser does

    async def _follow_once(self, until_n: int) -> None:
        resume = {"Last-Event-ID": self._last_id} if self._last_id else {}
        stream = await open_stream(
            self._port, "?symbols=SPY", headers={**self._trader.cookie, **resume}
        )
        if stream.status != 200:
            raise ConnectionError(stream.body.decode())
        try:
            await stream.until(lambda s: s.ended or s.of("hello"))
            self.welcomed.set()
            await stream.until(
                lambda s: s.ended or (s.of("alert") and s.of("alert")[-1].data["n"] >= until_n)
            )
        finally:
            await stream.close()
            self.alerts += [event.data["n"] for event in stream.of("alert")]
            self._last_id = stream.last_id or self._last_id
        assert not stream.of("reset")


async def test_a_web_process_killed_under_fifty_clients_costs_nobody_an_alert(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    server = web_servers(STREAM_PER_USER="1000")
    total = 400
    charts = [Chart(server.port, trader) for _ in range(50)]
    async with asyncio.TaskGroup() as following:
        for chart in charts:
            following.create_task(chart.follow(total))
        for chart in charts:
            await chart.welcomed.wait()
        for n in range(1, total + 1):
            await asyncio.to_thread(ring.publish, own_redis.client, [bar(n), alert(n, trader.id)])
            if n in {100, 250}:
                server.signal(signal.SIGKILL)
                await asyncio.to_thread(server.wait)
                await asyncio.to_thread(server.start)
    for chart in charts:
        assert chart.alerts == list(range(1, total + 1))
