"""`run_live` as a process: killed, frozen, doubled, and still what a scan finds, once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from coach.config.frozen import kill_frozen
from coach.engine.registry import RULES
from coach.live import ring
from coach.live.cursor import read_progress
from coach.live.lease import holder_of
from coach.live.status import SPOKEN_SECONDS, live_statuses
from coach.live.tests.played import END, cached, make_history, recorded, scanned
from coach.market.models import ReceivedBar
from coach.market.selectors import load_bars
from coach.signals.models import Decision, Outbox, RuleSetting, Signal
from coach.signals.tests.factories import trader
from tests.liveprocess import LiveProcess
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
PLAYED = ("--source", "replay", "--speed", "1")
AS_FAST = ("--source", "replay", "--speed", "0", "--once")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[LiveProcess]]:
    """Processes of the test; whatever still runs at its end is killed."""
    processes: list[LiveProcess] = []
    yield processes
    for process in processes:
        if not process.ended:
            process.go_on()
            process.kill()


def reached() -> int:
    """How far the shard has come, epoch ms."""
    progress = read_progress("0/1", "replay")
    return 0 if progress is None else progress.market_ms


def announced() -> list[tuple[str, int]]:
    """User and number of each alert in the ring, in its order."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    entries: Any = client.xrange(ring.STREAM)
    return [
        (entry[b"u"].decode(), orjson.loads(entry[b"d"])["n"])
        for _, entry in entries
        if entry[b"k"] in (b"alert", b"suppressed")
    ]


def check_everything(symbol: str, *, before_ms: int = END) -> None:
    """Bars, signals, outcomes, decisions, announcements: all there, each once."""
    assert recorded(symbol) == scanned(symbol, before_ms=before_ms)
    for user, count in Counter(Decision.objects.values_list("user_id", flat=True)).items():
        numbers = Decision.objects.filter(user=user).order_by("n").values_list("n", flat=True)
        assert list(numbers) == list(range(1, count + 1))
    assert not Outbox.objects.filter(published_at=None).exists()
    assert Counter(announced()) == Counter(Decision.objects.values_list("user_id", "n"))


@pytest.mark.parametrize("kills", [0, 10])
def test_a_replay_killed_again_and_again_is_what_a_scan_finds(
    kills: int, tmp_path: Path, started: list[LiveProcess]
) -> None:
    make_history(sessions=2, symbols=["SPY"])
    user = trader()
    bars = cached("SPY")
    draw = random.Random(11)  # noqa: S311  seeded on purpose
    for number, row in enumerate(sorted(draw.sample(range(10, len(bars) - 10), kills))):
        process = LiveProcess(tmp_path, f"live{number}", *AS_FAST)
        started.append(process)
        target = int(bars.ts[row])
        wait_until(lambda: reached() >= target, what=f"bar {row}", seconds=180, every=0.002)  # noqa: B023
        process.kill()
    last = LiveProcess(tmp_path, "last", *AS_FAST)
    started.append(last)
    last.finish()
    check_everything("SPY")
    assert Decision.objects.filter(user=user).count() == len(recorded("SPY")) > 60
    assert ReceivedBar.objects.count() == len(bars)
    received = load_bars("SPY", "1m", 0, END, version="received")
    assert received.ts.tobytes() == bars.ts.tobytes()
    assert announced() == sorted(announced(), key=lambda each: each[1])


def one_works_and_one_waits(
    tmp_path: Path, started: list[LiveProcess], *, sessions: int, speed: int
) -> tuple[LiveProcess, LiveProcess]:
    """Two processes for one shard: the first has recorded signals, the second waits."""
    make_history(sessions=sessions, symbols=["SPY"])
    trader()
    arguments = ("--source", "replay", "--speed", str(speed))
    first = LiveProcess(tmp_path, "first", *arguments)
    started.append(first)
    first.wait_for("lease_taken")
    second = LiveProcess(tmp_path, "second", *arguments)
    started.append(second)
    second.wait_for("lease_awaited")
    wait_until(Signal.objects.exists, what="the first records", seconds=120)
    return first, second


def test_of_two_one_works_and_one_that_slept_writes_nothing(
    tmp_path: Path, started: list[LiveProcess]
) -> None:
    first, second = one_works_and_one_waits(tmp_path, started, sessions=2, speed=600)
    assert not second.said("lease_taken")
    first.stop_between_commits()
    second.wait_for("lease_taken", seconds=30)
    holder = holder_of("0/1")
    seen = reached()
    wait_until(lambda: reached() > seen, what="the second goes on", seconds=60)
    first.go_on()
    first.wait_for("lease_lost", seconds=60)
    first.wait_for("lease_awaited", seconds=60)
    assert holder_of("0/1") == holder
    second.kill()
    wait_until(lambda: holder_of("0/1") not in (None, holder), what="it takes over", seconds=60)
    seen = reached()
    wait_until(lambda: reached() > seen, what="it goes on", seconds=60)
    first.terminate()
    assert holder_of("0/1") is None
    assert recorded("SPY").keys() == scanned("SPY", before_ms=reached()).keys()
    assert Counter(announced()) == Counter(Decision.objects.values_list("user_id", "n"))


def test_of_two_shards_one_that_is_killed_is_missed(
    tmp_path: Path, started: list[LiveProcess], client: Client
) -> None:
    make_history(sessions=1, symbols=["SPY", "QQQ"])
    client.force_login(trader())
    shards = ("0/2", "1/2")
    for shard in shards:
        name = f"shard{shard[0]}"
        process = LiveProcess(tmp_path, name, *PLAYED, "--shard", shard)
        started.append(process)
        process.wait_for("lease_taken")

    def feed() -> dict[str, Any]:
        told: dict[str, Any] = client.get("/api/replay").json()["feed"]
        return told

    def all_speak() -> bool:
        return [each.shard for each in live_statuses()] == list(shards)

    wait_until(all_speak, what="both speak", seconds=60)
    wait_until(lambda: feed()["trouble"] is None, what="all is well", seconds=60)
    started[1].kill()
    wait_until(lambda: feed()["trouble"] is not None, what="it is missed", seconds=60)
    assert feed()["trouble"] == "shard 1/2 has not spoken for 10 s"
    assert feed()["ageMs"] > SPOKEN_SECONDS * 1000
    another = LiveProcess(tmp_path, "another", *PLAYED, "--shard", "1/2")
    started.append(another)
    wait_until(lambda: feed()["trouble"] is None, what="all is well again", seconds=60)


@contextlib.contextmanager
def watched(process: LiveProcess, *, frozen_seconds: float) -> Iterator[list[str]]:
    """The supervisor's watch over one process; what it says."""
    said: list[str] = []
    loop = asyncio.new_event_loop()
    task = loop.create_task(kill_frozen(process.pid, frozen_seconds, said.append))
    done = asyncio.gather(task, return_exceptions=True)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(loop.run_until_complete, done)
        yield said
        loop.call_soon_threadsafe(task.cancel)
        running.result(20)
    loop.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="one writer at a time is SQLite's")
def test_a_leader_frozen_in_the_middle_of_a_commit_is_killed_and_the_second_goes_on(
    tmp_path: Path, started: list[LiveProcess]
) -> None:
    first, second = one_works_and_one_waits(tmp_path, started, sessions=5, speed=3000)
    first.stop_within_a_commit()
    seen = reached()
    with watched(first, frozen_seconds=1.0) as said:
        second.wait_for("lease_taken", seconds=60)
        wait_until(lambda: reached() > seen, what="the second goes on", seconds=60)
    assert said
    assert first.ended
    second.terminate()
    assert recorded("SPY").keys() == scanned("SPY", before_ms=reached()).keys()
    assert Counter(announced()) == Counter(Decision.objects.values_list("user_id", "n"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="one writer at a time is SQLite's")
def test_a_locked_database_is_waited_for(tmp_path: Path, started: list[LiveProcess]) -> None:
    make_history(sessions=1, symbols=["SPY"])
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        process = LiveProcess(tmp_path, "waiting", *AS_FAST)
        started.append(process)
        process.wait_for("lease_not_read")
        other.execute("ROLLBACK")
    process.wait_for("lease_taken")
    process.finish()
    assert recorded("SPY") == scanned("SPY")


def test_the_replay_controls_reach_the_running_process(
    tmp_path: Path, started: list[LiveProcess], client: Client
) -> None:
    make_history(sessions=1, symbols=["SPY"])
    asker, _ = trader(is_staff=True), trader()
    client.force_login(asker)
    # Most of what the other gets is not the asker's, and no alert to stop at for him.
    for rule_id in RULES.keys() - {"vwap_reclaim"}:
        RuleSetting.objects.create(user=asker, rule_id=rule_id, mode="off")
    process = LiveProcess(tmp_path, "live", "--source", "replay", "--speed", "60")
    started.append(process)
    process.wait_for("lease_taken")
    wait_until(lambda: reached() > 0, what="the replay runs", seconds=120)

    def turn(**command: Any) -> dict[str, Any]:
        answer = client.post("/api/replay", command, content_type="application/json")
        assert answer.status_code == 200, answer.content
        state: dict[str, Any] = answer.json()
        return state

    def shown() -> dict[str, Any]:
        state: dict[str, Any] = client.get("/api/replay").json()
        return state

    assert shown()["source"] == "replay"
    assert shown()["controllable"] is True
    assert shown()["sessions"]["XNYS"]["open"] is True
    turn(action="pause")
    wait_until(lambda: shown()["paused"], what="it is paused")
    his = Decision.objects.filter(user=asker, delivered=True)
    alerts = his.count()
    turn(action="nextAlert")
    wait_until(lambda: his.count() > alerts, what="his next alert comes", seconds=120)
    wait_until(lambda: shown()["paused"], what="it is paused again, at the alert")
    turn(action="speed", speed=1200)
    wait_until(lambda: shown()["speed"] == 1200, what="the speed is set")
    count, before = Signal.objects.count(), reached()
    turn(action="restart")
    wait_until(lambda: reached() < before, what="it begins again", seconds=60)
    turn(action="speed", speed=0)
    process.wait_for("feed_ended", seconds=180)
    assert Signal.objects.count() > count
    check_everything("SPY")
    assert [status.source for status in live_statuses()] == ["replay"]
    process.terminate()
    client.raise_request_exception = False
    refused = client.post("/api/replay", {"action": "pause"}, content_type="application/json")
    assert refused.status_code == 503
    assert refused.json()["errors"][0]["code"] == "unavailable"
