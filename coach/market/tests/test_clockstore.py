"""The market clock outlives a database that is away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import OperationalError, connections

from coach.market.clock import ClockState, MarketClock
from coach.market.clockstore import DatabaseClockStore
from coach.market.models import Clock
from coach.market.selectors import CLOCK_KEY
from coach.market.tests.factories import FakeWall, ms

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = ms("2024-06-28T13:30")


@pytest.fixture(autouse=True)
async def _no_connection_left() -> AsyncIterator[None]:
    """Those of the thread that the store works in are that thread's own."""
    yield
    await sync_to_async(connections.close_all)()


class Away:
    """A database that fails so many times, as one does that is starting up."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self) -> None:
        if self.times:
            self.times -= 1
            raise OperationalError("the database system is starting up")


def clock_of(database: Away) -> MarketClock:
    state = ClockState("synthetic", 0, OPEN, 60, market_ms=OPEN)
    store = DatabaseClockStore(configured_speed=60, guard=database)
    return MarketClock(state, wall=FakeWall(), store=store)


async def saved() -> int | None:
    return await Clock.objects.values_list("market_ms", flat=True).afirst()


async def test_a_tick_is_not_waited_for_and_the_next_one_is_saved() -> None:
    clock = clock_of(Away(1))
    await clock.arrive(OPEN + 60_000)
    assert await saved() is None
    assert cache.get(CLOCK_KEY).market_ms == OPEN + 60_000
    await clock.arrive(OPEN + 120_000)
    assert await saved() == OPEN + 120_000


async def test_a_jump_waits_until_it_is_saved() -> None:
    database = Away(2)
    clock = clock_of(database)
    await clock.jump(OPEN + 60_000)
    assert database.times == 0
    assert await saved() == OPEN + 60_000
