"""The hub's own life."""

from __future__ import annotations

import asyncio

import pytest

from coach.live import ring
from coach.live.hub import Hub, Limits
from coach.live.tests.conftest import bar
from tests.processes import OwnRedis

pytestmark = pytest.mark.processes


async def test_a_hub_stops_when_told_while_its_redis_is_away(own_redis: OwnRedis) -> None:
    hub = Hub(redis_url=own_redis.url, limits=Limits())
    await hub.start()
    assert await hub.ready(5)
    assert hub.check() is None
    own_redis.kill()
    await asyncio.wait_for(hub.stop(), 5)
    assert hub.check() == "the ring is not being read"


async def test_a_hub_stops_when_told_while_events_come(own_redis: OwnRedis) -> None:
    """A cancelled read of redis-py returns what came at that moment, and the cancellation is lost:
    half of these stops never ended before they asked more than once."""
    stopping = asyncio.Event()

    async def publish() -> None:
        while not stopping.is_set():
            await asyncio.to_thread(ring.publish, own_redis.client, [bar(1)])

    publishing = asyncio.create_task(publish())
    for _ in range(10):
        hub = Hub(redis_url=own_redis.url, limits=Limits())
        await hub.start()
        assert await hub.ready(5)
        seen = hub.position
        while hub.position == seen:  # noqa: ASYNC110  the hub tells nobody where it is
            await asyncio.sleep(0)
        await asyncio.wait_for(hub.stop(), 5)
    stopping.set()
    await publishing
