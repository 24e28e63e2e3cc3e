"""The stream's traders, Redis and web processes serve the voice's tests too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coach.live.tests.conftest import new_trader, own_redis, trader, web_servers
from coach.market.services import ensure_instrument
from tests.webserver import WebServer

__all__ = ["new_trader", "own_redis", "trader", "web_servers"]


@pytest.fixture
def server(web_servers: Callable[..., WebServer]) -> WebServer:
    return web_servers(STREAM_RECHECK_SECONDS="0.1")


@pytest.fixture
def instruments(transactional_db: None) -> None:
    """The symbols that alerts are about."""
    for symbol in ("SPY", "AAPL", "QQQ"):
        ensure_instrument(symbol=symbol)
