"""What the tests of the stream share: a user with a session, a Redis and web processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from coach.live.ring import Frame
from tests.processes import OwnRedis
from tests.webserver import WebServer


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """A Redis that the test may kill and empty."""
    server = OwnRedis(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.kill()


@dataclass(frozen=True)
class Trader:
    """A user with a session."""

    id: str
    cookie: dict[str, str]
    session_key: str


@pytest.fixture
def new_trader(transactional_db: None) -> Callable[[str], Trader]:
    """Makes a user who is logged in."""

    def make(name: str) -> Trader:
        user = get_user_model().objects.create_user(username=name)
        client = Client()
        client.force_login(user)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        return Trader(user.pk, {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}, key)

    return make


@pytest.fixture
def trader(new_trader: Callable[[str], Trader]) -> Trader:
    """One user who is logged in."""
    return new_trader("trader")


@pytest.fixture
def web_servers(tmp_path: Path, own_redis: OwnRedis) -> Iterator[Callable[..., WebServer]]:
    """Starts web processes over one Redis; environment variables as keywords."""
    started: list[WebServer] = []

    def start(**environment: str) -> WebServer:
        server = WebServer(tmp_path, redis_url=own_redis.url, environment=environment)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()


def bar(seq: int, symbol: str = "SPY", kind: str = "bar") -> Frame:
    """A one-minute bar, or the microbar of the same number."""
    timeframe = "1m" if kind == "bar" else "1s"
    data = {"symbol": symbol, "timeframe": timeframe, "seq": seq, "prevSeq": seq - 1}
    return Frame(kind, orjson.dumps(data), symbol=symbol)


def alert(n: int, user_id: str, symbol: str = "SPY", kind: str = "alert") -> Frame:
    """An alert of a user."""
    data = {"id": f"A{n}", "n": n, "prevN": n - 1, "symbol": symbol}
    return Frame(kind, orjson.dumps(data), symbol=symbol, user_id=user_id)
