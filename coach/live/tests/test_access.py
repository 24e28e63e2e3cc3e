"""The thread in which streams use the database."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest
from django.db import connection

from coach.accounts.models import User
from coach.live.access import DatabaseThread


@pytest.mark.django_db(transaction=True)
async def test_the_last_of_several_calls_closes_the_connection() -> None:
    thread = DatabaseThread()
    calls = [asyncio.ensure_future(thread.run(User.objects.count)) for _ in range(3)]
    await asyncio.sleep(0)  # they are queued
    done = Event()
    thread._pool.submit(done.set)
    done.wait(10)  # and end while the event loop has heard of none
    assert thread._pool.submit(lambda: connection.connection).result(10) is None
    assert await asyncio.gather(*calls) == [0, 0, 0]
    assert thread.waiting == 0
    thread.close()
