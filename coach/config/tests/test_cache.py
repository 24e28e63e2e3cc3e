"""The cache asks Redis on connections that outlive a request."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import Any

import httpx
import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from coach.config.threads import Handler

pytestmark = pytest.mark.django_db(transaction=True)


class AskingTheCache(Handler):
    """Answers with what the cache holds."""

    def get_response(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(cache.get("known"))


def accepted(asking: redis.Redis) -> int:
    """How many connections this Redis has accepted so far."""
    stats: Any = asking.info("stats")
    return int(stats["total_connections_received"])


async def ask() -> str:
    """A request in a context of its own, as a server makes it."""
    app: Any = AskingTheCache()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await asyncio.create_task(client.get("/"), context=Context())
    return answer.text


async def test_requests_share_connections_to_redis() -> None:
    await sync_to_async(cache.set)("known", "this")
    with redis.Redis.from_url(settings.REDIS_URL) as asking:
        before = accepted(asking)
        for _ in range(5):
            assert await ask() == "this"
        assert accepted(asking) == before
