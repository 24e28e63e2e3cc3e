"""Clients that go on whatever dies: they remember what was acknowledged to them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx

from tests.screen import Screen

SCREENS = 10
LABELS = ("good", "bad", "late", "missed")
TRANSIENT = (httpx.HTTPError, OSError)


class Witnesses:
    """Screens that follow the stream, and a trader who labels.

    Attributes:
        labels: key → id of each label that the server acknowledged.
        keys: how many labels were begun, acknowledged or not.
        refusals: status → how often something was refused; 0: no answer at all.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self.screens = [Screen(url, headers) for _ in range(SCREENS)]
        self.labels: dict[str, str] = {}
        self.keys = 0
        self.refusals: Counter[int] = Counter()
        self.resting = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def watch(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            for screen in self.screens:
                group.create_task(self._follow(screen))
            group.create_task(self._label_for_ever())

    async def _follow(self, screen: Screen) -> None:
        while True:
            with contextlib.suppress(AssertionError):  # nothing came for long: connect anew
                await screen.follow(2**62)

    async def _label_for_ever(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, headers=self._headers, timeout=60) as api:
            for number in itertools.count():
                await asyncio.sleep(0.2)
                target = next(iter(self.screens[0].alerts.values()), None)
                if self.resting.is_set() or target is None:
                    continue
                await self._label(api, number)

    async def _label(self, api: httpx.AsyncClient, number: int) -> None:
        """One label, again under the same key until the server has said yes."""
        page = None
        while page is None:
            page = await self._ask(api, "GET", "/api/alerts?limit=1")
        alert = page["results"][0]
        key = f"chaos-{number}"
        body = {"signalId": alert["signalId"], "label": LABELS[number % len(LABELS)]}
        self.keys += 1
        while key not in self.labels:
            made = await self._ask(api, "POST", "/api/feedback", json=body, key=key)
            if made is not None:
                self.labels[key] = made["id"]

    async def _ask(
        self,
        api: httpx.AsyncClient,
        method: str,
        path: str,
        *,
        json: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> dict[str, Any] | None:
        """The answer, or None after a moment when there was none."""
        headers = {} if key is None else {"Idempotency-Key": key}
        status = 0
        with contextlib.suppress(*TRANSIENT):
            answer = await api.request(method, path, json=json, headers=headers)
            status = answer.status_code
            if status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED):
                found: dict[str, Any] = answer.json()
                return found
        self.refusals[status] += 1
        await asyncio.sleep(0.1)  # between two attempts, as a client does
        return None

    def screens_show(self, n: int) -> bool:
        """Whether every screen has come to the alert `n`."""
        return all(screen.whole_to >= n for screen in self.screens)


def _run(work: Coroutine[Any, Any, None], stopping: threading.Event) -> None:
    async def until_stopped() -> None:
        task = asyncio.create_task(work)
        while not stopping.is_set() and not task.done():
            await asyncio.wait({task}, timeout=0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=not task.done())

    asyncio.run(until_stopped())


@contextmanager
def watching(url: str, headers: dict[str, str]) -> Iterator[Witnesses]:
    """Witnesses at work in a thread of their own."""
    witnesses = Witnesses(url, headers)
    stopping = threading.Event()
    thread = threading.Thread(target=_run, args=(witnesses.watch(), stopping), daemon=True)
    thread.start()
    try:
        yield witnesses
    finally:
        stopping.set()
        thread.join(20)
