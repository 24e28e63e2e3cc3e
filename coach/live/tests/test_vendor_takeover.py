"""Two live processes on a vendor's feed, one frozen: no minute is lost, and none comes twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from django.conf import settings

from coach.live import ring
from coach.live.lease import holder_of
from coach.market.models import FeedGap, ReceivedBar
from tests.liveprocess import LiveProcess
from tests.processes import wait_until
from tests.vendor.__main__ import Market
from tests.vendor.rest import KEY, RestServer
from tests.vendor.stream import StreamServer, event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
SYMBOL = "X:BTCUSD"
MINUTE = 60_000
DELAY = 15
"""Minutes by which this vendor's plan is behind: the test closes them as fast as it likes."""


@dataclass
class DelayedVendor:
    """A vendor whose next minute closes when the test says so."""

    rest: RestServer = field(default_factory=RestServer)
    stream: StreamServer = field(default_factory=StreamServer)

    def __post_init__(self) -> None:
        now = int(time.time() * 1000)
        self.market = Market(SYMBOL)
        self.rest.bars[SYMBOL] = self.market.history(now)
        self.rows = {row["t"]: row for row in self.rest.bars[SYMBOL]}
        self.visible_ms = now // MINUTE * MINUTE - DELAY * MINUTE
        self.rest.visible_ms = lambda: self.visible_ms

    @property
    def environment(self) -> dict[str, str]:
        return {
            "POLYGON_API_KEY": KEY,
            "POLYGON_REST_URL": self.rest.url,
            "POLYGON_STREAM_URL": self.stream.url,
        }

    @property
    def newest(self) -> int:
        """Open of the last minute that has closed."""
        return self.visible_ms - MINUTE

    def close_minute(self) -> None:
        """A minute closes: REST has it, and the stream says it to whoever has joined."""
        row = self.rows[self.visible_ms]
        self.visible_ms += MINUTE
        self.stream.say(event(row, self.market.name, kind="XA"))

    def stop(self) -> None:
        self.stream.stop()
        self.rest.stop()


@pytest.fixture
def vendor() -> Iterator[DelayedVendor]:
    made = DelayedVendor()
    yield made
    made.stop()


@pytest.fixture
def processes(tmp_path: Path, vendor: DelayedVendor) -> Iterator[list[LiveProcess]]:
    """A leader, and a second that waits."""
    started: list[LiveProcess] = []
    try:
        for name, event_ in (("first", "lease_taken"), ("second", "lease_awaited")):
            arguments = ("--source", "polygon", "--symbols", SYMBOL)
            process = LiveProcess(tmp_path, name, *arguments, environment=vendor.environment)
            started.append(process)
            process.wait_for(event_)
        yield started
    finally:
        for process in started:
            if not process.ended:
                process.go_on()
                process.kill()


def received() -> list[int]:
    """The minutes that were committed, corrections too."""
    rows = ReceivedBar.objects.filter(instrument=SYMBOL).order_by("ts", "revision")
    return list(rows.values_list("ts", flat=True))


def told() -> list[int]:
    """The minutes in the stream, in its order."""
    entries: Any = redis.Redis.from_url(settings.REDIS_URL).xrange(ring.STREAM)
    bars = [
        orjson.loads(entry[b"d"]) for _, entry in entries if entry[b"k"] in (b"bar", b"revision")
    ]
    return [bar["ts"] for bar in bars if bar["timeframe"] == "1m"]


def comes(vendor: DelayedVendor) -> None:
    """Wait until the newest minute is committed."""
    wait_until(lambda: vendor.newest in received(), what="the newest minute", seconds=120)


def test_of_two_one_is_frozen_and_every_minute_comes_once(
    vendor: DelayedVendor, processes: list[LiveProcess]
) -> None:
    first, second = processes
    comes(vendor)
    for _ in range(3):
        vendor.close_minute()
        comes(vendor)
    assert vendor.stream.clients == 1
    first.stop_between_commits()
    for _ in range(3):
        vendor.close_minute()  # into the frozen one's socket
    assert vendor.newest not in received()
    second.wait_for("lease_taken", seconds=60)
    wait_until(lambda: vendor.stream.clients == 2, what="the second joins", seconds=60)
    vendor.close_minute()  # while it may still be filling the hole
    comes(vendor)
    vendor.close_minute()
    comes(vendor)
    holder, before = holder_of("0/1"), (received(), told())
    first.go_on()
    first.wait_for("lease_lost", seconds=60)
    first.wait_for("lease_awaited", seconds=60)
    assert (received(), told()) == before
    assert holder_of("0/1") == holder
    vendor.close_minute()
    comes(vendor)
    minutes = received()
    assert minutes == list(range(minutes[0], vendor.newest + MINUTE, MINUTE))
    assert told() == minutes
    assert not FeedGap.objects.exists()
    assert [_values(row) for row in ReceivedBar.objects.order_by("ts")] == [
        tuple(vendor.rows[ts][name] for name in ("o", "h", "l", "c", "v", "vw")) for ts in minutes
    ]


def _values(row: ReceivedBar) -> tuple[float | None, ...]:
    return row.open, row.high, row.low, row.close, row.volume, row.vwap
