"""What a browser keeps of its alerts, without a browser: for tests that kill what feeds it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.eventstream import EventStream, open_stream


class Screen:
    """What a browser keeps: alerts by number, each applied once; of an alert on a symbol outside
    the stream the number alone. After a `reset` or a hole the database is asked, from the last
    number without a hole."""

    def __init__(self, url: str, headers: dict[str, str], symbol: str | None = None) -> None:
        self._url = url
        self._headers = headers
        self._query = f"?symbols={symbol}" if symbol else ""
        self._last_id: str | None = None
        self.alerts: dict[int, str | None] = {}
        self.twice: list[int] = []
        self.resets = 0
        self.joined = asyncio.Event()
        self._whole_to = 0

    @property
    def whole_to(self) -> int:
        """The last number before a hole."""
        while self._whole_to + 1 in self.alerts:
            self._whole_to += 1
        return self._whole_to

    async def follow(self, until_n: int) -> None:
        """Connect, and again after every loss, until the last alert is on the screen."""
        while self.whole_to < until_n:
            try:
                await self._follow_once(until_n)
            except (OSError, asyncio.IncompleteReadError, httpx.HTTPError):
                await asyncio.sleep(0.05)  # between two attempts, as a browser does

    async def _follow_once(self, until_n: int) -> None:
        resume = {"Last-Event-ID": self._last_id} if self._last_id else {}
        headers = {**self._headers, **resume}
        port = urlsplit(self._url).port or 80
        stream = await open_stream(port, self._query, headers=headers)
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
        async with httpx.AsyncClient(base_url=self._url, headers=self._headers) as api:
            url = f"/api/alerts?limit=200&afterN={self.whole_to}"
            while url:
                page = (await api.get(url)).raise_for_status().json()
                for alert in page["results"]:
                    self._put(alert)
                url = page["next"]
