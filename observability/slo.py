"""Measurements that promises rest on: written through as they come, so that a killed process loses
nothing it has acknowledged, and mergeable over any number of processes.

Each measure and minute is a hash in Redis, bucket to count; `persist` copies the hashes into the
table `Sketch`, so that days of history outlive Redis.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast
from uuid import uuid4

import structlog
from django.db import transaction
from prometheus_client import Histogram
from redis.exceptions import RedisError

from observability import metrics
from observability.models import Sketch
from observability.sketch import bucket_of, merge
from observability.store import redis_client

log = structlog.get_logger(__name__)

MEASURES: Mapping[str, Histogram] = {
    "tickToWickMs": metrics.tick_to_wick_ms,
    "ingestToWickMs": metrics.ingest_to_wick_ms,
    "rttMs": metrics.rtt_ms,
    "voiceInterruptMs": metrics.voice_interrupt_ms,
    "historyGapFillMs": metrics.history_gap_fill_ms,
}
# Counted like a measure, in one bucket.
RECONNECTS = "sseReconnects"
MINUTE, HOUR = 60, 3600
KEEP_IN_REDIS = 3 * HOUR
KEEP_MINUTES = 26 * HOUR
KEEP_HOURS = 35 * 24 * HOUR
SETTLED = 2 * MINUTE  # a minute that ended this long ago gets no more counts
DIRTY = "coach:slo:dirty"
RUN = "coach:slo:run"


def key_of(measure: str, minute: int) -> str:
    """The hash of a measure in the minute that starts at `minute` (epoch seconds)."""
    return f"coach:slo:{measure}:{minute}"


def minute_of(now: float) -> int:
    """The start of the minute, epoch seconds."""
    return int(now // MINUTE) * MINUTE


def record(samples: Mapping[str, Sequence[float]], *, reconnects: int = 0) -> None:
    """Count durations (ms) by measure, in the Prometheus histograms and in the sketches.

    Raises:
        KeyError: a measure that is not in `MEASURES`; nothing is counted.
        redis.RedisError: the sketches are not written; the histograms are.
    """
    histograms = {name: MEASURES[name] for name in samples}
    for name, values in samples.items():
        for value in values:
            histograms[name].observe(value)
    metrics.sse_reconnects_total.inc(reconnects)
    counts = {name: Counter(map(bucket_of, values)) for name, values in samples.items()}
    if reconnects:
        counts[RECONNECTS] = Counter({0: reconnects})
    _write(counts, minute_of(time.time()))


def record_or_log(measure: str, value_ms: float) -> None:
    """`record` for one duration where nobody could be told that Redis is away."""
    try:
        record({measure: [value_ms]})
    except RedisError as error:
        log.warning("a sample is missing in the sketch", measure=measure, error=str(error))


def _write(counts: Mapping[str, Counter[int]], minute: int) -> None:
    with redis_client().pipeline(transaction=True) as pipeline:
        for measure, buckets in counts.items():
            key = key_of(measure, minute)
            for bucket, count in buckets.items():
                pipeline.hincrby(key, str(bucket), count)
            if buckets:
                pipeline.expire(key, KEEP_IN_REDIS)
                pipeline.sadd(DIRTY, f"{measure}:{minute}")
        pipeline.execute()


def redis_run() -> str:
    """The name of the Redis that counts now; a new one when it was emptied."""
    client = redis_client()
    client.set(RUN, uuid4().hex, nx=True)
    return cast("bytes", client.get(RUN)).decode()


def persist(*, now: float) -> int:
    """Copy what was counted since the last time into the table; again is harmless.

    Returns:
        The number of minutes written.
    """
    client = redis_client()
    run = redis_run()
    names = sorted(name.decode() for name in cast("set[bytes]", client.smembers(DIRTY)))
    rows = [(name, *_read(name)) for name in names]
    Sketch.objects.bulk_create(
        [
            Sketch(measure=measure, seconds=MINUTE, start=minute, run=run, counts=counts)
            for _, measure, minute, counts in rows
            if counts
        ],
        update_conflicts=True,
        unique_fields=["measure", "start", "seconds", "run"],
        update_fields=["counts"],
    )
    settled = [name for name, _, minute, _ in rows if minute + MINUTE + SETTLED <= now]
    if settled:
        client.srem(DIRTY, *settled)
    return len(rows)


def _read(name: str) -> tuple[str, int, dict[str, int]]:
    measure, _, minute = name.partition(":")
    raw = cast("dict[bytes, bytes]", redis_client().hgetall(key_of(measure, int(minute))))
    return measure, int(minute), {bucket.decode(): int(count) for bucket, count in raw.items()}


def compact(*, now: float) -> None:
    """Merge minutes older than a day into hours and forget hours older than five weeks, except
    reconnects, whose total is for ever. Again is harmless."""
    Sketch.objects.filter(seconds=HOUR, start__lt=now - KEEP_HOURS).exclude(
        measure=RECONNECTS
    ).delete()
    old = Sketch.objects.filter(seconds=MINUTE, start__lt=int((now - KEEP_MINUTES) // HOUR) * HOUR)
    hours = {(row.measure, row.start // HOUR * HOUR) for row in old.only("measure", "start")}
    for measure, hour in sorted(hours):
        _compact_hour(measure, hour)


@transaction.atomic
def _compact_hour(measure: str, hour: int) -> None:
    rows = Sketch.objects.filter(measure=measure, start__gte=hour, start__lt=hour + HOUR)
    sketches = list(rows)
    merged = merge({int(b): n for b, n in row.counts.items()} for row in sketches)
    rows.filter(pk__in=[row.pk for row in sketches]).delete()
    counts = {str(bucket): count for bucket, count in merged.items()}
    Sketch.objects.create(measure=measure, seconds=HOUR, start=hour, run="", counts=counts)
