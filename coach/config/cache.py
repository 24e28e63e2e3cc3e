"""The cache in Redis, on connections that the whole process shares.

Django keeps cache clients by thread or task, and a request is a task of its own: every request
opened a connection to Redis, for one question, and dropped it. redis-py's pools are made for
threads (and for forks) as they are.
"""

from __future__ import annotations

from functools import cache

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


@cache
def _client(servers: tuple[str, ...]) -> RedisCacheClient:
    return RedisCacheClient(list(servers))


class SharedRedisCache(RedisCache):
    """Django's cache in Redis; `OPTIONS` are not supported."""

    _servers: list[str]

    @property
    def _cache(self) -> RedisCacheClient:
        return _client(tuple(self._servers))
