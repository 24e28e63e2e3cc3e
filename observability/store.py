"""The house's synchronous Redis connection for measurements."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings


def redis_client() -> redis.Redis:
    """One pool per process. Measuring must not hold up what is measured: a second at most."""
    return _client_of(settings.REDIS_URL)


@cache
def _client_of(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
