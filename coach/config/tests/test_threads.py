"""Requests share threads and connections, never at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

from coach.config.threads import KEPT, MOST, Handler

pytestmark = pytest.mark.django_db(transaction=True)
SCOPE: Any = {
    "type": "http",
    "method": "GET",
    "path": "/api/flags",
    "raw_path": b"/api/flags",
    "query_string": b"",
    "headers": [],
    "http_version": "1.1",
    "scheme": "http",
}


class Answering(Handler):
    """Answers by a function instead of by Django's chain."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__()
        self.answer = answer

    def get_response(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)


def client_of(handler: Handler) -> httpx.AsyncClient:
    app: Any = handler
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


@pytest.fixture
def connected() -> Iterator[list[int]]:
    """The thread of every connection to the database that was opened."""
    threads: list[int] = []

    def note(**_: Any) -> None:
        threads.append(threading.get_ident())

    connection_created.connect(note)
    yield threads
    connection_created.disconnect(note)


async def test_one_after_the_other_uses_one_thread_and_one_connection(connected: list[int]) -> None:
    handler = Handler()
    async with client_of(handler) as client:
        for _ in range(5):
            answer = await client.get("/api/flags")
            assert answer.status_code == 200
            assert answer.headers["x-request-id"]
    assert len(connected) == 1
    assert len(handler._kept) == 1


async def test_requests_at_once_have_threads_of_their_own() -> None:
    together = threading.Barrier(KEPT + 4)
    threads: list[int] = []

    def meet(request: HttpRequest) -> HttpResponse:
        together.wait(60)
        threads.append(threading.get_ident())
        return HttpResponse()

    handler = Answering(meet)
    async with client_of(handler) as client:
        asked = [client.get("/api/flags") for _ in range(together.parties)]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    assert len(set(threads)) == len(threads) == together.parties
    assert len(handler._kept) == KEPT


async def test_more_requests_than_threads_wait_their_turn() -> None:
    all_begun, go_on = threading.Semaphore(0), threading.Event()
    working = 0
    most = 0
    counting = threading.Lock()

    def note(request: HttpRequest) -> HttpResponse:
        nonlocal working, most
        with counting:
            working += 1
            most = max(most, working)
        all_begun.release()
        go_on.wait(60)
        with counting:
            working -= 1
        return HttpResponse()

    handler = Answering(note)
    async with client_of(handler) as client:
        asked = asyncio.gather(*(client.get("/api/flags") for _ in range(MOST + 20)))
        for _ in range(MOST):
            await asyncio.to_thread(all_begun.acquire, timeout=60)
        assert handler._turns.locked()
        go_on.set()
        assert {answer.status_code for answer in await asked} == {200}
    assert most == MOST


async def test_a_client_that_leaves_leaves_no_thread_behind_that_still_works() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(request: HttpRequest) -> HttpResponse:
        begun.set()
        go_on.wait(60)
        return HttpResponse()

    handler = Answering(slow)
    events = asyncio.Queue[Any]()
    events.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        event = await events.get()
        events.task_done()
        return event

    request = asyncio.create_task(handler(SCOPE, receive, send))
    await asyncio.to_thread(begun.wait, 60)
    events.put_nowait({"type": "http.disconnect"})
    await events.join()
    assert handler._kept == []
    go_on.set()
    await request
    assert all(thread.idle for thread in handler._kept)
    assert sent == []
