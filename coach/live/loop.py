"""The live loop: one process takes a shard's lease, plays the feed through its shard, and commits.

It ends when the data end (`once`), when it is told to, or with an error that its supervisor should
see. When another process has taken the shard, it drops all it holds and waits for its turn.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

import redis.asyncio
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction

from coach.engine.ruleset import RuleSet
from coach.live import lease, status
from coach.live.arrivals import Arrivals
from coach.live.commands import Command, answer_all
from coach.live.holders import own_name
from coach.live.lease import Held, LeaseLostError
from coach.live.recovery import announce_leftovers
from coach.live.relay import try_drain
from coach.live.shard import Shard
from coach.market.clock import Action, ClockError
from coach.market.feed import Feed, FeedBatch
from coach.market.selectors import calendars_of
from learning.services import rebuild

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 2.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What to run. `make_feed` builds the feed, with a guard that its clock must pass to write."""

    shard: str
    rulesets: tuple[RuleSet, ...]
    make_feed: Callable[[Callable[[], None]], Feed]
    once: bool = False


class LiveLoop:
    """One live process."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._holder = own_name()

    async def run(self) -> None:
        """Serve the shard, whenever it is ours, until the data end or the process is told to."""
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if task is not None:
                loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):  # told to end: that is no error
            while not await self._turn():
                pass

    async def _turn(self) -> bool:
        """One turn with the lease; True when there is nothing more to do."""
        held = await self._acquire()
        log.info("lease_taken", shard=held.shard, token=held.token)
        try:
            await Turn(self._options, held).serve()
        except LeaseLostError as error:
            log.warning("lease_lost", reason=str(error))
            return False
        finally:
            await in_database(lease.release)(held)
        return True

    async def _acquire(self) -> Held:
        waiting = False
        while True:
            take = partial(lease.acquire, shard=self._options.shard, holder=self._holder)
            held = await _for_as_long_as_it_takes(take, event="lease_not_read")
            if held is not None:
                return held
            if not waiting:
                waiting = True
                log.info("lease_awaited", shard=self._options.shard)
            await asyncio.sleep(lease.RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class Jump:
    """On to the next alert of a user, as fast as it goes; then as the clock was before."""

    user_id: str | None
    paused: bool


class Turn:
    """What one process does while it holds the lease."""

    def __init__(self, options: Options, held: Held) -> None:
        self._options = options
        self._held = held
        self._restarted = asyncio.Event()
        self._jump: Jump | None = None
        self._progress = status.Progress(shard=held.shard)

    async def serve(self) -> None:
        """Play the feed; beat; follow commands. The first to end or to fail ends all.

        Raises:
            LeaseLostError: another process holds the shard.
        """
        self._feed = await in_database(self._options.make_feed)(self._guard)
        self._progress.source = self._feed.name
        calendars = await in_database(calendars_of)(self._feed.symbols)
        self._progress.calendars = frozenset(calendars.values())
        self._shard = Shard(
            source=self._feed.name,
            calendars=calendars,
            rulesets=self._options.rulesets,
            held=self._held,
            realtime=self._feed.clock.state.realtime,
        )
        await in_database(rebuild)()  # whatever a crash left in Redis: scores come from the rows
        await in_database(announce_leftovers)()
        await _first_of(self._play(), self._beat(), self._listen())

    def _guard(self) -> None:
        lease.fence(self._held)

    # --- bars -------------------------------------------------------------------------------------

    async def _play(self) -> None:
        await self._feed.prepare()
        after = await in_database(self._shard.open)()
        while True:
            async with aclosing(Arrivals(self._feed).groups(after)) as groups:
                async for batches in groups:
                    await _whole(self._take(batches))
            await _whole(self._flush())
            log.info("feed_ended", source=self._feed.name, **self._progress.counts())
            if self._options.once:
                return
            await self._restarted.wait()
            self._restarted.clear()
            after = {}

    async def _take(self, batches: Sequence[FeedBatch]) -> None:
        free = self._feed.clock.state.runs_free
        for batch in batches:
            self._progress.batch(batch)
        if await in_database(self._evaluate)(batches, show_seconds=not free):
            await self._flush()

    def _evaluate(self, batches: Sequence[FeedBatch], *, show_seconds: bool) -> bool:
        """All batches, in one visit of the database's thread; whether to flush now."""
        due = [self._shard.evaluate(batch, show_seconds=show_seconds) for batch in batches]
        return any(due)

    async def _flush(self) -> None:
        """Commit what waits. A database that is locked, full or away for a while stops the market,
        and loses nothing of it."""
        self._progress.writing_ms = time.time() * 1000
        flushed = await _for_as_long_as_it_takes(self._shard.flush, event="commit_failed")
        self._progress.writing_ms = None
        self._progress.signals += flushed.signals
        self._progress.delivered += flushed.delivered
        jump = self._jump
        if jump is not None and jump.user_id in flushed.alerted:
            self._jump = None
            if jump.paused:
                self._feed.clock.pause()
            else:
                self._feed.clock.resume()

    # --- beside them ------------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Renew the lease, announce what still waits, and say how we are, once a second."""
        while True:
            await in_database(self._beat_once)()
            await asyncio.sleep(lease.RENEW_SECONDS)

    def _beat_once(self) -> None:
        try:
            with transaction.atomic():
                lease.fence(self._held)
            try_drain()
        except DatabaseError as error:
            log.error("beat_failed", error=str(error))  # noqa: TRY400
            close_old_connections()
        now = time.time() * 1000
        status.publish(self._progress, self._feed.clock.state, self._feed.health, now_ms=now)

    async def _listen(self) -> None:
        """Follow commands; without Redis there are none."""
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as client:
            while True:
                try:
                    await answer_all(client, self._follow)
                except redis.RedisError as error:
                    log.warning("commands_not_read", error=str(error))
                    await asyncio.sleep(LONGEST_PAUSE)

    async def _follow(self, command: Command) -> None:
        clock = self._feed.clock
        if command.action == "nextAlert":
            paused = clock.state.paused if self._jump is None else self._jump.paused
            clock.apply("free")
            self._jump = Jump(command.user_id, paused)
            return
        if command.action not in ("pause", "resume", "speed", "restart"):
            raise ClockError(f"action {command.action!r} is unknown")
        clock.apply(cast("Action", command.action), speed=command.speed)
        self._jump = None
        if command.action == "restart":
            self._restarted.set()


def in_database(function: Callable[..., T]) -> Callable[..., Coroutine[Any, Any, T]]:
    """Run it in the one thread that talks to the database."""
    return sync_to_async(function, thread_sensitive=True)


async def _for_as_long_as_it_takes(function: Callable[[], T], *, event: str) -> T:
    """Run it in the database's thread, and again after a pause each time the database fails."""
    pause = 0.05
    while True:
        try:
            return await in_database(function)()
        except DatabaseError as error:
            log.error(event, error=str(error), again_in=pause)  # noqa: TRY400
            await in_database(close_old_connections)()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end even when this task is cancelled meanwhile: a thread cannot be stopped."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(asyncio.CancelledError):
            await task
        raise


async def _first_of(*work: Coroutine[Any, Any, None]) -> None:
    """Run all until the first ends, then end the others; raises what that one raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
