"""Whatever dies, the alerts on screen end up equal to the database's: none missing, none twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.test import Client

from coach.signals.selectors import decisions_of
from coach.signals.services import record_moment
from coach.signals.tests.factories import fired_signal, new_decision, trader
from tests.screen import Screen
from tests.webserver import WebServer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

CLIENTS = 50
ALERTS = 120
SYMBOLS = ("SPY", "AAPL")


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
    screens = [Screen(server.url, cookie, SYMBOLS[0]) for _ in range(CLIENTS)]
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
