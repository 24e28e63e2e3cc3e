"""Clients that go on whatever dies: they remember what was acknowledged to them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx

from tests.screen import Screen

SCREENS = 10
LABELS = ("good", "bad", "late", "missed")
TRANSIENT = (httpx.HTTPError, OSError)


class Asked(NamedTuple):
    """A label as it was asked for."""

    signal_id: str
    label: str


class Witnesses:
    """Screens that follow the stream, and a trader who labels.

    Attributes:
        asked: key → each label that was begun, acknowledged or not. No two in a row are alike: the
            same label once more for the same alert would rightly be answered with the row there is.
        labels: key → id of each label that the server acknowledged.
        refusals: status → how often something was refused; 0: no answer at all.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self.screens = [Screen(url, headers) for _ in range(SCREENS)]
        self.asked: dict[str, Asked] = {}
        self.labels: dict[str, str] = {}
        self.refusals: Counter[int] = Counter()
        self.resting = threading.Event()
        self._labelling = False
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
            while True:
                await asyncio.sleep(0.2)
                self._labelling = True  # before the look: who sets the rest sees one or the other
                if not self.resting.is_set() and self.screens[0].alerts:
                    await self._label(api)
                self._labelling = False

    async def _label(self, api: httpx.AsyncClient) -> None:
        """One label, again under the same key until the server has said yes."""
        page = None
        while page is None:
            page = await self._ask(api, "GET", "/api/alerts?limit=1")
        number = len(self.asked)
        key, label = f"chaos-{number}", LABELS[number % len(LABELS)]
        self.asked[key] = Asked(page["results"][0]["signalId"], label)
        body = {"signalId": self.asked[key].signal_id, "label": label}
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

    @property
    def at_rest(self) -> bool:
        """Whether the trader rests, with no label on its way."""
        return self.resting.is_set() and not self._labelling

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
