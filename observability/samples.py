"""Samples that browsers send: untrusted, so bounded, limited and counted once each."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from observability import metrics
from observability.slo import record
from observability.store import redis_client

UNCERTAIN_MS = 20.0
WINDOW_SECONDS = 10
PER_WINDOW = 500  # samples of one user: a browser sends some ten a second at most
SEEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a browser, within its bounds; durations in ms, None: not measured."""

    sample_id: str
    uncertainty_ms: float
    hidden: bool
    tick_to_wick_ms: float | None = None
    ingest_to_wick_ms: float | None = None
    gap_fill_ms: float | None = None
    rtt_ms: float | None = None
    reconnects: int = 0

    @property
    def outcome(self) -> str:
        """`counted`, or why its painting times are not: nobody sees a hidden tab's chart, and
        clocks that are not known to 20 ms cannot time one."""
        if self.hidden:
            return "hidden"
        return "uncertain" if self.uncertainty_ms > UNCERTAIN_MS else "counted"


def seconds_to_wait(user_id: str, number: int) -> int:
    """Count `number` samples of a user against the limit; 0, or for how long it is spent."""
    now = int(time.time())
    key = f"coach:rtt:rate:{user_id}:{now // WINDOW_SECONDS}"
    with redis_client().pipeline(transaction=True) as pipeline:
        pipeline.incrby(key, number)
        pipeline.expire(key, WINDOW_SECONDS * 2)
        spent: int = pipeline.execute()[0]
    return 0 if spent <= PER_WINDOW else WINDOW_SECONDS - now % WINDOW_SECONDS


def take(samples: Sequence[Sample], *, session: str) -> None:
    """Count the samples that this session has not sent before.

    Args:
        session: what tells sessions apart; only its hash is kept.
    """
    fresh = _first_seen(samples, session)
    durations: dict[str, list[float]] = {}
    for sample in fresh:
        metrics.client_samples_total.labels(sample.outcome).inc()
        for measure, value in _durations(sample).items():
            durations.setdefault(measure, []).append(max(0.0, value))
    metrics.client_samples_total.labels("duplicate").inc(len(samples) - len(fresh))
    record(durations, reconnects=sum(sample.reconnects for sample in fresh))


def _durations(sample: Sample) -> dict[str, float]:
    """What a sample measured and may be believed. Round trips and filled holes are timed by one
    clock alone, so no uncertainty spoils them."""
    found: dict[str, float | None] = {
        "rttMs": sample.rtt_ms,
        "historyGapFillMs": None if sample.hidden else sample.gap_fill_ms,
    }
    if sample.outcome == "counted":
        found["tickToWickMs"] = sample.tick_to_wick_ms
        found["ingestToWickMs"] = sample.ingest_to_wick_ms
    return {measure: value for measure, value in found.items() if value is not None}


def _first_seen(samples: Sequence[Sample], session: str) -> list[Sample]:
    unique = list({sample.sample_id: sample for sample in samples}.values())
    hour = int(time.time()) // SEEN_SECONDS
    owner = hashlib.blake2b(session.encode(), digest_size=12).hexdigest()
    now, before = (f"coach:rtt:seen:{owner}:{number}" for number in (hour, hour - 1))
    with redis_client().pipeline(transaction=True) as pipeline:
        for sample in unique:
            name = hashlib.blake2b(sample.sample_id.encode(), digest_size=8).hexdigest()
            pipeline.sadd(now, name)
            pipeline.sismember(before, name)
        pipeline.expire(now, 2 * SEEN_SECONDS)
        answers: list[Any] = pipeline.execute()
    return [
        sample
        for sample, added, known in zip(unique, answers[0:-1:2], answers[1:-1:2], strict=True)
        if added and not known
    ]
