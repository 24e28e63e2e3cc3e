"""A local server that speaks the vendor's protocol, with a week of bars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from coach.market.services import ensure_instrument
from coach.market.sources.polygon import PolygonRest
from coach.market.tests.factories import MINUTE
from coach.market.tests.vendor_feed import OPEN, SetWall, Vendor
from coach.market.tests.vendored import FIRST, LAST, LeapingTime
from tests.vendor.market import history
from tests.vendor.rest import KEY, RestServer, aggregate
from tests.vendor.stream import StreamServer


@pytest.fixture(scope="module")
def week() -> list[dict[str, Any]]:
    return history("SPY", FIRST, LAST)


@pytest.fixture
def server(week: list[dict[str, Any]]) -> Iterator[RestServer]:
    vendor = RestServer(page=700)
    vendor.bars["SPY"] = list(week)
    yield vendor
    vendor.stop()


@pytest.fixture
def leaping() -> LeapingTime:
    return LeapingTime()


@pytest.fixture
def source(server: RestServer, leaping: LeapingTime) -> Iterator[PolygonRest]:
    ensure_instrument(symbol="SPY")
    rest = PolygonRest(KEY, server.url, patience=leaping.patience(budget=60, timeout=5))
    yield rest
    rest.close()


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [
        aggregate(OPEN + n * MINUTE, (100 + n, 101 + n, 99 + n, 100.5 + n), 50.0 + n, 100.25 + n)
        for n in range(390)
    ]


@pytest.fixture
def vendor(rows: list[dict[str, Any]]) -> Iterator[Vendor]:
    rest, stream, wall = RestServer(), StreamServer(), SetWall()
    rest.bars["SPY"] = list(rows)
    rest.visible_ms = lambda: int(wall.time) // MINUTE * MINUTE
    yield Vendor(rest, stream, wall, rows)
    stream.stop()
    rest.stop()
