"""Batches as they come from a feed, together when several came while the taker was busy.

A commit takes longer than a bar takes to come. Bars that arrive meanwhile are evaluated together
and committed in one transaction, so a burst costs a few commits instead of one for each bar.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from coach.market.feed import Feed, FeedBatch

MOST_WAITING = 256


class Arrivals:
    """Reads a feed ahead of its taker, by `MOST_WAITING` batches at most.

    A market that runs free is not read ahead: it is the taker who says how fast it goes, and a jump
    to the next alert ends at that alert.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._waiting: deque[FeedBatch] = deque()
        self._changed = asyncio.Event()

    async def groups(self, after: Mapping[str, int]) -> AsyncGenerator[list[FeedBatch]]:
        """What has come, at least one batch, in the feed's order; ends with the feed.

        Raises: whatever the feed raised, once all before it has been given.
        """
        reader = asyncio.create_task(self._read(after))
        reader.add_done_callback(lambda _: self._changed.set())
        try:
            while True:
                while not self._waiting and not reader.done():
                    await self._wait_for_change()
                if not self._waiting:
                    break
                group = list(self._waiting)
                yield group
                # Only now: what is being taken still counts as ahead.
                for _ in group:
                    self._waiting.popleft()
                self._changed.set()
            await reader
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _read(self, after: Mapping[str, int]) -> None:
        # Closed with this task: a vendor's feed has connections to give up.
        async with aclosing(self._feed.batches(after)) as batches:
            async for batch in batches:
                self._waiting.append(batch)
                self._changed.set()
                while self._waiting and (self._runs_free or len(self._waiting) >= MOST_WAITING):
                    await self._wait_for_change()

    @property
    def _runs_free(self) -> bool:
        return self._feed.clock.state.runs_free

    async def _wait_for_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
