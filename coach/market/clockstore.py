"""Keeping the market clock: a row in the database, and a copy in Redis for the many reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import DatabaseError, close_old_connections, transaction
from redis.exceptions import RedisError

from coach.market.clock import ClockState
from coach.market.models import Clock
from coach.market.selectors import CLOCK_KEY

log = structlog.get_logger(__name__)

DURABLE_EVERY_MS = 1_000.0
"""Wall ms between two writes of mere ticks to the database."""
AGAIN_SECONDS: Final = 0.25


def save_clock(state: ClockState, *, configured_speed: float) -> None:
    """Write the clock's state to the database and to Redis."""
    Clock.objects.bulk_create(
        [
            Clock(
                source=state.source,
                anchor_wall_ms=state.anchor_wall_ms,
                anchor_market_ms=state.anchor_market_ms,
                speed=state.speed,
                configured_speed=configured_speed,
                paused=state.paused,
                free=state.free,
                realtime=state.realtime,
                market_ms=state.market_ms,
                updated_at=datetime.now(UTC),
            )
        ],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=[each.name for each in Clock._meta.concrete_fields if each.name != "source"],
    )
    publish_clock(state)


def publish_clock(state: ClockState) -> bool:
    """Write the clock's state to Redis alone; False if it cannot be reached."""
    try:
        cache.set(CLOCK_KEY, state, timeout=None)
    except RedisError as error:
        log.warning("market_clock_not_published", error=str(error))
        return False
    return True


class DatabaseClockStore:
    """The store of a running feed: each tick to Redis, commands and a tick a second to disk.

    `guard` is called inside the transaction that writes to disk; it raises when this process may
    not write any more, and nothing is written. A process that slept writes to disk first.
    """

    def __init__(self, *, configured_speed: float, guard: Callable[[], None] | None = None) -> None:
        self._configured_speed = configured_speed
        self._guard = guard
        self._written_wall_ms = 0.0

    async def save(self, state: ClockState, *, durable: bool, wall_ms: float) -> None:
        """Keep the state. While the database is locked, full or away, a command waits for it; of a
        tick there is the copy in Redis, and the next one tries again."""
        while True:
            try:
                await sync_to_async(self._save)(state, durable=durable, wall_ms=wall_ms)
            except DatabaseError as error:
                log.error("market_clock_not_saved", error=str(error))  # noqa: TRY400
                await sync_to_async(close_old_connections)()
                if durable:
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                publish_clock(state)
            return

    def _save(self, state: ClockState, *, durable: bool, wall_ms: float) -> None:
        due = durable or wall_ms - self._written_wall_ms >= DURABLE_EVERY_MS
        if not due and publish_clock(state):
            return
        with transaction.atomic():
            if self._guard is not None:
                self._guard()
            save_clock(state, configured_speed=self._configured_speed)
        self._written_wall_ms = wall_ms
