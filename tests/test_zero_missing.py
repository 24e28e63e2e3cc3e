"""Whatever dies, the alerts on screen end up equal to the database's: none missing, none twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.test import Client

from coach.signals.selectors import decisions_of
from coach.signals.services import record_moment
from coach.signals.tests.factories import fired_signal, new_decision, trader
from tests.eventstream import EventStream, open_stream
from tests.webserver import WebServer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

CLIENTS = 50
ALERTS = 120
SYMBOLS = ("SPY", "AAPL")


class Screen:
    """What a browser keeps: alerts by number, each applied once; of an alert on a symbol outside
    the stream the number alone. After a `reset` or a hole the database is asked, from the last
    number without a hole."""

    def __init__(self, server: WebServer, cookie: dict[str, str]) -> None:
        self._server = server
        self._cookie = cookie
        self._last_id: str | None = None
        self.alerts: dict[int, str | None] = {}
        self.twice: list[int] = []
        self.resets = 0
        self.joined = asyncio.Event()

    @property
    def whole_to(self) -> int:
        """The last number before a hole."""
        n = 0
        while n + 1 in self.alerts:
            n += 1
        return n

    async def follow(self, until_n: int) -> None:
        """Connect, and again after every loss, until the last alert is on the screen."""
        while self.whole_to < until_n:
            try:
                await self._follow_once(until_n)
            except (OSError, asyncio.IncompleteReadError, httpx.HTTPError):
                await asyncio.sleep(0.05)  # between two attempts, as a browser does

    async def _follow_once(self, until_n: int) -> None:
        resume = {"Last-Event-ID": self._last_id} if self._last_id else {}
        headers = {**self._cookie, **resume}
        stream = await open_stream(self._server.port, f"?symbols={SYMBOLS[0]}", headers=headers)
        try:
            if stream.status != 200:
                raise ConnectionError(stream.body.decode())
            await stream.until(lambda s: s.ended or s.of("hello"))
            if not self._last_id:
                await self._load()
            self.joined.set()
            await self._apply_until(stream, until_n)
        finally:
            await stream.close()

    async def _apply_until(self, stream: EventStream, until_n: int) -> None:
        applied = 0
        while self.whole_to < until_n and not stream.ended:
            await stream.until_more(applied)
            for event in stream.events[applied:]:
                await self._take(event.kind, event.data)
                self._last_id = event.id or self._last_id
            applied = len(stream.events)

    async def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "reset":
            self.resets += 1
            await self._load()
        elif kind in {"alert", "suppressed"}:
            if data["prevN"] > self.whole_to:
                await self._load()
            self._put(data)

    def _put(self, alert: dict[str, Any]) -> None:
        """Another alert under a number that is there would be one shown twice."""
        known, new = self.alerts.get(alert["n"]), alert.get("id")
        if known and new and known != new:
            self.twice.append(alert["n"])
        self.alerts[alert["n"]] = new or known

    async def _load(self) -> None:
        """Everything after the last number without a hole, from the database."""
        async with httpx.AsyncClient(base_url=self._server.url, headers=self._cookie) as api:
            url = f"/api/alerts?limit=200&afterN={self.whole_to}"
            while url:
                page = (await api.get(url)).raise_for_status().json()
                for alert in page["results"]:
                    self._put(alert)
                url = page["next"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A web process over the test's own Redis and database."""
    process = WebServer(
        tmp_path, redis_url=settings.REDIS_URL, environment={"STREAM_PER_USER": "1000"}
    )
    process.start()
    yield process
    process.kill()


def record(user_id: str, minute: int) -> None:
    """Commit a signal and its decision; every third is held back, every other of one symbol."""
    fired = fired_signal(minute=minute, symbol=SYMBOLS[minute % 2])
    with transaction.atomic():
        decision = new_decision(user_id, fired.key, delivered=minute % 3 != 0)
        record_moment(fired=[fired], decisions=[decision])


async def test_fifty_screens_over_a_killed_server_and_an_emptied_redis(server: WebServer) -> None:
    user = await sync_to_async(trader)()
    browser = Client()
    await sync_to_async(browser.force_login)(user)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    for minute in range(5):
        await sync_to_async(record)(user.pk, minute)
    screens = [Screen(server, cookie) for _ in range(CLIENTS)]
    async with asyncio.TaskGroup() as following:
        for screen in screens:
            following.create_task(screen.follow(ALERTS))
        for screen in screens:
            await screen.joined.wait()
        for minute in range(5, ALERTS):
            await sync_to_async(record)(user.pk, minute)
            if minute in {30, 90}:
                server.signal(signal.SIGKILL)
                await asyncio.to_thread(server.wait)
                await asyncio.to_thread(server.start)
            if minute == 60:
                await asyncio.to_thread(redis.Redis.from_url(settings.REDIS_URL).flushdb)
    rows = decisions_of(user.pk).values_list("n", "pk", "signal__symbol")
    truth = {n: (pk, symbol) async for n, pk, symbol in rows}
    assert sorted(truth) == list(range(1, ALERTS + 1))
    for screen in screens:
        assert sorted(screen.alerts) == sorted(truth)
        assert screen.twice == []
        for n, (pk, symbol) in truth.items():
            assert screen.alerts[n] in ({pk} if symbol == SYMBOLS[0] else {pk, None})
    assert any(screen.resets for screen in screens)
