"""Django behind ASGI without a new thread, and so a new database connection, for every request.

Django's own handler makes a thread for each request and ends it with the request; what the thread
held, its connection to the database above all, goes with it. And it runs middleware that can be
asynchronous on the event loop, each with a change of threads on the way in and on the way out.
There is no asynchronous view here (streams are served ahead of Django), so the whole chain runs in
one piece on one thread, and threads are kept for the next request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")
T = TypeVar("T")

# More requests than that at once find their threads as well; these are kept when they are done.
KEPT: Final = 16
# Beyond that requests wait their turn: each thread has a connection, a PostgreSQL server takes 100
# of all its clients, and a house with so much to do answers nobody faster by beginning with all.
# Sixteen of them may wait for a backtest (backtest.waiting).
MOST: Final = 24


class RequestThread(ThreadPoolExecutor):
    """One thread that serves one request after the other."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="request")
        self._last: Future[Any] | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As an executor does."""
        future = super().submit(fn, *args, **kwargs)
        self._last = future
        return future

    @property
    def idle(self) -> bool:
        """Whether all that was submitted is done. A request whose client went away may leave its
        thread working."""
        return self._last is None or self._last.done()


class Handler(ASGIHandler):
    """Django's ASGI handler for synchronous middleware and views, on threads that are kept."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[RequestThread] = []
        self._turns = asyncio.Semaphore(MOST)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Django asks for an asynchronous chain; ours is synchronous."""
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Serve one request on a thread of its own, when it is its turn."""
        async with self._turns:
            await self._serve(scope, receive, send)

    async def _serve(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        # The thread used last has the warmest connection.
        thread = self._kept.pop() if self._kept else RequestThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await super().__call__(scope, receive, send)
        finally:
            if thread.idle and len(self._kept) < KEPT:
                self._kept.append(thread)
            else:
                thread.shutdown(wait=False)

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The whole chain on the request's thread."""
        response = await sync_to_async(self.get_response)(request)
        response._handler_class = type(self)  # type: ignore[attr-defined]  # noqa: SLF001
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        return response
