"""Samples of several processes, one killed, Redis emptied: the percentiles hold."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from redis.exceptions import RedisError

from observability import selectors, slo
from observability.models import Sketch
from observability.sketch import bucket_of
from observability.store import redis_client

pytestmark = pytest.mark.django_db

WRITER = """
import random, sys
import django
django.setup()
from observability.slo import record
draw = random.Random(int(sys.argv[1]))
for _ in range(350):
    values = [round(draw.lognormvariate(3.5, 0.6), 3) for _ in range(100)]
    print(*values, end=" ", flush=True)
    record({"tickToWickMs": values})
    print("ok", flush=True)
"""


@pytest.fixture(autouse=True)
def _afresh() -> None:
    selectors.forget_answers()


def hour_of(measure: str) -> dict[int, int]:
    end = slo.minute_of(time.time()) + slo.MINUTE
    return selectors.sketches([measure], end - slo.HOUR, end)[measure]


@pytest.mark.processes
def test_a_hundred_thousand_samples_of_four_processes_one_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "REDIS_URL": settings.REDIS_URL, "DATA_DIR": str(tmp_path)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(seed)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(4)
    ]
    killed = writers[0]
    assert killed.stdout
    lines = [killed.stdout.readline() for _ in range(40)]
    killed.kill()
    outputs = ["".join(lines) + killed.communicate()[0]]
    outputs += [writer.communicate()[0] for writer in writers[1:]]
    acknowledged: list[float] = []
    begun = 0
    # Each output by itself: the killed one may end within a line.
    for line in chain.from_iterable(output.splitlines() for output in outputs):
        words = line.split()
        begun += len(words) - words.count("ok")
        if words[-1] == "ok":
            acknowledged += map(float, words[:-1])
    counts = hour_of("tickToWickMs")
    assert len(acknowledged) >= 100_000
    assert len(acknowledged) <= sum(counts.values()) <= begun
    found = selectors.percentiles(counts)
    exact = np.percentile(acknowledged, [50, 95, 99])
    assert [found.p50, found.p95, found.p99] == pytest.approx(exact.tolist(), rel=0.02)


def test_an_emptied_redis_loses_only_what_was_not_yet_copied() -> None:
    slo.record({"rttMs": [10.0] * 30}, reconnects=2)
    slo.persist(now=time.time())
    slo.persist(now=time.time())
    assert sum(hour_of("rttMs").values()) == 30
    redis_client().flushdb()
    assert sum(hour_of("rttMs").values()) == 30
    slo.record({"rttMs": [40.0] * 10}, reconnects=1)
    assert sum(hour_of("rttMs").values()) == 40
    slo.persist(now=time.time())
    assert sum(hour_of("rttMs").values()) == 40
    redis_client().flushdb()
    assert sum(hour_of("rttMs").values()) == 40
    assert selectors.report(now=time.time()).reconnects_total == 3


def test_a_settled_minute_is_copied_no_more() -> None:
    slo.record({"rttMs": [10.0]})
    now = time.time()
    assert slo.persist(now=now) == 1
    assert slo.persist(now=now + 300) == 1
    assert slo.persist(now=now + 300) == 0
    slo.record({"rttMs": [10.0]})
    assert slo.persist(now=now) == 1


def test_old_minutes_become_hours_and_nothing_is_lost() -> None:
    now = time.time()
    hour = int(now // slo.HOUR - 30) * slo.HOUR
    rows = [
        Sketch(measure="rttMs", seconds=60, start=hour + minute * 60, run=run, counts={"100": 2})
        for minute in range(60)
        for run in ("a", "b")
    ]
    Sketch.objects.bulk_create(rows)
    for _ in range(2):
        slo.compact(now=now)
        [row] = Sketch.objects.all()
        assert (row.seconds, row.start, row.counts) == (slo.HOUR, hour, {"100": 240})
        assert sum(selectors.sketches(["rttMs"], hour, hour + slo.HOUR)["rttMs"].values()) == 240
    late = Sketch(measure="rttMs", seconds=60, start=hour, run="a", counts={"7": 1})
    late.save()
    slo.compact(now=now)
    assert Sketch.objects.get().counts == {"7": 1, "100": 240}


def test_hours_are_forgotten_but_reconnects_are_not() -> None:
    now = time.time()
    old = int(now // slo.HOUR - 24 * 40) * slo.HOUR
    for measure in ("rttMs", slo.RECONNECTS):
        Sketch.objects.create(measure=measure, seconds=slo.HOUR, start=old, counts={"0": 5})
    slo.compact(now=now)
    assert Sketch.objects.get().measure == slo.RECONNECTS
    assert selectors.report(now=now).reconnects_total == 5


def test_no_samples_is_null_and_no_data() -> None:
    report = selectors.report(now=time.time())
    assert report.measures["voiceInterruptMs"] == selectors.Percentiles(0, None, None, None)
    standing = report.standings["voice-interrupt"]
    assert (standing.sli, standing.budget_left, standing.state) == (None, None, "noData")
    assert set(standing.burn.values()) == {None}


def test_a_promise_that_breaks_says_so() -> None:
    draw = random.Random(7)  # noqa: S311  test data
    slo.record({"tickToWickMs": [draw.uniform(10, 100) for _ in range(960)] + [300.0] * 40})
    stands = selectors.report(now=time.time()).standings["tick-to-wick"]
    assert stands.sli == pytest.approx(0.96)
    assert stands.budget_left == pytest.approx(0.2)
    assert stands.burn["1h"] == pytest.approx(0.8)
    assert stands.state == "ok"
    slo.record({"tickToWickMs": [300.0] * 5_000})
    selectors.forget_answers()
    assert selectors.report(now=time.time()).standings["tick-to-wick"].state == "page"


def test_a_measure_that_is_none_counts_nothing() -> None:
    with pytest.raises(KeyError):
        slo.record({"rttMs": [1.0], "nonsense": [1.0]})
    assert sum(hour_of("rttMs").values()) == 0


def test_a_sample_without_redis_is_not_silently_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import redis  # noqa: PLC0415

    nowhere = redis.Redis.from_url("unix:///nonexistent.sock")
    monkeypatch.setattr(slo, "redis_client", lambda: nowhere)
    with pytest.raises(RedisError):
        slo.record({"rttMs": [1.0]})
    slo.record_or_log("rttMs", 1.0)
    assert "a sample is missing" in caplog.text


def test_series_has_a_point_for_every_minute_with_samples() -> None:
    now = slo.minute_of(time.time()) + 1.0
    for ago, value in ((0, 10.0), (3, 20.0)):
        Sketch.objects.create(
            measure="rttMs",
            seconds=60,
            start=slo.minute_of(now) - ago * 60,
            run="x",
            counts={str(bucket_of(value)): 4},
        )
    points = selectors.series("rttMs", minutes=60, now=now)
    assert [start for start, _ in points] == [slo.minute_of(now) - 180, slo.minute_of(now)]
    assert [p.p95 for _, p in points] == pytest.approx([20.0, 10.0], rel=0.011)
    assert json.dumps([p.count for _, p in points]) == "[4, 4]"
