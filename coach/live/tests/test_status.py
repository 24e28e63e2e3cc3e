"""What the trader is told of the feed: it lives, although nobody trades, or it does not."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from coach.live import status
from coach.live.status import Progress
from coach.market.clock import ClockState
from coach.market.feed import FeedHealth
from coach.signals.tests.factories import trader

pytestmark = pytest.mark.django_db
MINUTE = 60_000
OPEN_MS = 1_757_944_800_000  # 2025-09-15 10:00 in New York, a Monday
NIGHT_MS = OPEN_MS - 6 * 60 * MINUTE
SILENT = 3_600_000.0
"""No test takes an hour."""


def played(market_ms: int) -> ClockState:
    """A market that is played."""
    return ClockState(
        source="replay",
        anchor_wall_ms=0,
        anchor_market_ms=market_ms,
        speed=1.0,
        paused=False,
        free=False,
        realtime=False,
        market_ms=market_ms,
    )


def say(
    shard: str = "0/1",
    *,
    bar_ms: float,
    heard_ms: float | None,
    market_ms: int = OPEN_MS,
    writing_ms: float | None = None,
    trouble: str = "",
    ago_ms: float = 0.0,
    calendar: str = "XNYS",
) -> None:
    """A live process says how it is, or said it a while ago."""
    progress = Progress(shard, "replay", frozenset({calendar}), writing_ms=writing_ms)
    progress.received_ms = bar_ms
    health = FeedHealth(connected=not trouble, heard_ms=heard_ms, reason=trouble)
    now = time.time() * 1000 - ago_ms
    status.publish(progress, played(market_ms), health, now_ms=now)


def feed(client: Client) -> dict[str, Any]:
    """What the trader's page reads."""
    client.force_login(trader())
    answer: dict[str, Any] = client.get("/api/replay").json()["feed"]
    return answer


def test_a_quiet_market_has_a_young_feed(client: Client) -> None:
    now = time.time() * 1000
    say(bar_ms=now - 2 * SILENT, heard_ms=now)
    told = feed(client)
    assert 0 <= told["ageMs"] < SILENT
    assert told["trouble"] is None


def test_a_silent_feed_is_old_and_says_why(client: Client) -> None:
    now = time.time() * 1000
    say(bar_ms=now - 2 * SILENT, heard_ms=now - SILENT, trouble="refused")
    told = feed(client)
    assert SILENT <= told["ageMs"] < 2 * SILENT
    assert told["trouble"] == "refused"


def test_the_worst_of_several_is_told(client: Client) -> None:
    now = time.time() * 1000
    say("0/2", bar_ms=now, heard_ms=now)
    say("1/2", bar_ms=now - SILENT, heard_ms=None)
    assert feed(client)["ageMs"] >= SILENT


def test_one_of_several_that_died_is_missed_by_name_and_its_age_grows(client: Client) -> None:
    now = time.time() * 1000
    say("0/2", bar_ms=now, heard_ms=now)
    died = now - SILENT
    say("1/2", bar_ms=died, heard_ms=died, ago_ms=SILENT)
    told = feed(client)
    assert SILENT <= told["ageMs"] < 2 * SILENT
    assert told["trouble"] == "shard 1/2 has not spoken for 10 s"
    assert status.check_live() == "shard 1/2 has not spoken for 10 s"
    say("1/2", bar_ms=now, heard_ms=now)  # another has taken its place
    assert feed(client)["ageMs"] < SILENT
    assert feed(client)["trouble"] is None
    assert status.check_live() is None


def test_one_that_died_is_not_missed_while_its_market_is_closed(client: Client) -> None:
    now = time.time() * 1000
    say("0/2", bar_ms=now, heard_ms=now, market_ms=NIGHT_MS, calendar="24/7")
    say("1/2", bar_ms=now - SILENT, heard_ms=None, ago_ms=SILENT, market_ms=OPEN_MS)
    assert feed(client)["ageMs"] < SILENT
    assert feed(client)["trouble"] is None


def test_shards_of_an_earlier_division_are_not_missed(client: Client) -> None:
    now = time.time() * 1000
    for shard in ("0/2", "1/2"):
        say(shard, bar_ms=now - SILENT, heard_ms=now - SILENT, ago_ms=SILENT)
    say("0/1", bar_ms=now, heard_ms=now)
    assert feed(client)["ageMs"] < SILENT
    assert feed(client)["trouble"] is None
    assert status.check_live() is None


def test_when_all_have_died_nobody_has_spoken(client: Client) -> None:
    died = time.time() * 1000 - SILENT
    for shard in ("0/2", "1/2"):
        say(shard, bar_ms=died, heard_ms=died, ago_ms=SILENT)
    told = feed(client)
    assert told["ageMs"] >= SILENT
    assert "no live process" in told["trouble"]
    assert "no live process" in (status.check_live() or "")


def test_what_the_database_does_not_take_is_no_sign_of_life(client: Client) -> None:
    now = time.time() * 1000
    say(bar_ms=now, heard_ms=now, writing_ms=now - SILENT)
    assert feed(client)["ageMs"] >= SILENT


def test_nothing_is_due_while_the_market_is_closed(client: Client) -> None:
    now = time.time() * 1000
    say(bar_ms=now - SILENT, heard_ms=now - SILENT, market_ms=NIGHT_MS, trouble="refused")
    assert feed(client) == {"ageMs": None, "trouble": None}


def test_without_a_live_process_nobody_knows(client: Client) -> None:
    told = feed(client)
    assert told["ageMs"] is None
    assert "no live process" in told["trouble"]
