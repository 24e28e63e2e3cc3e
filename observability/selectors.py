"""Reads of the measurements: percentiles of a window, and how the promises stand."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from observability.models import Sketch
from observability.objectives import (
    BURN_WINDOWS,
    Objective,
    Standing,
    Tally,
    load_objectives,
    seconds,
    standing,
)
from observability.sketch import Counts, count_within, quantiles
from observability.slo import MINUTE, RECONNECTS, key_of, minute_of, redis_run
from observability.store import redis_client

T = TypeVar("T")
WINDOW = "1h"
SHOWN = ("tickToWickMs", "ingestToWickMs", "rttMs", "voiceInterruptMs", "historyGapFillMs")
RANKS = (0.5, 0.95, 0.99)
RECENT = 10 * MINUTE  # what Redis may know better than the table
FRESH_SECONDS = 2.0  # an answer this old is still given: every browser asks each 5 s
LONG_FRESH_SECONDS = 60.0
LONG = seconds("6h")


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of one measure; None where there were no samples."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What `/slo` says, as of a wall time (epoch s)."""

    as_of: float
    measures: Mapping[str, Percentiles]
    reconnects_total: int
    reconnects_last_hour: int
    standings: Mapping[str, Standing]


def by_minute(measures: Iterable[str], start: int, end: int) -> dict[tuple[str, int], Counter[int]]:
    """Everything counted in [start, end) epoch seconds, by measure and start of the minute (or of
    the hour, where minutes are no longer kept).

    The table knows every minute that was copied; Redis knows the last ones better. A minute of the
    Redis that counts now is taken from Redis alone, as its row is a copy of it.
    """
    names = list(measures)
    run = redis_run()
    recent = max(start, minute_of(time.time()) - RECENT)
    found = {key: Counter(counts) for key, counts in _live(names, recent, end).items()}
    live = set(found)
    rows = Sketch.objects.filter(measure__in=names, start__gte=start, start__lt=end)
    for measure, minute, row_run, counts in rows.values_list("measure", "start", "run", "counts"):
        if row_run != run or (measure, minute) not in live:
            counter = found.setdefault((measure, minute), Counter())
            counter.update({int(bucket): count for bucket, count in counts.items()})
    return found


def sketches(measures: Iterable[str], start: int, end: int) -> dict[str, Counter[int]]:
    """Everything counted in [start, end) epoch seconds, by measure."""
    names = list(measures)
    found: dict[str, Counter[int]] = {name: Counter() for name in names}
    for (measure, _), counts in by_minute(names, start, end).items():
        found[measure].update(counts)
    return found


def _live(measures: list[str], start: int, end: int) -> dict[tuple[str, int], Counts]:
    """The hashes in Redis that are not empty."""
    first = minute_of(start)
    keys = [(name, minute) for name in measures for minute in range(first, end, MINUTE)]
    with redis_client().pipeline(transaction=False) as pipeline:
        for measure, minute in keys:
            pipeline.hgetall(key_of(measure, minute))
        hashes = cast("list[dict[bytes, bytes]]", pipeline.execute())
    return {
        key: {int(bucket): int(count) for bucket, count in raw.items()}
        for key, raw in zip(keys, hashes, strict=True)
        if raw
    }


def percentiles(counts: Counts) -> Percentiles:
    """Count and p50, p95, p99 of a sketch."""
    p50, p95, p99 = quantiles(counts, RANKS)
    return Percentiles(sum(counts.values()), p50, p95, p99)


def series(measure: str, *, minutes: int, now: float) -> list[tuple[int, Percentiles]]:
    """Percentiles of each of the last minutes that has samples: (epoch seconds, percentiles)."""
    end = minute_of(now) + MINUTE
    counted = by_minute([measure], end - minutes * MINUTE, end)
    starts = sorted({start for _, start in counted})
    return [(start, percentiles(counted[measure, start])) for start in starts]


def report(*, now: float) -> Report:
    """The whole of `/slo`, computed anew."""
    end = minute_of(now) + MINUTE
    hour = sketches((*SHOWN, RECONNECTS), end - seconds(WINDOW), end)
    return Report(
        as_of=now,
        measures={name: percentiles(hour[name]) for name in SHOWN},
        reconnects_total=sum(sketches([RECONNECTS], 0, end)[RECONNECTS].values()),
        reconnects_last_hour=sum(hour[RECONNECTS].values()),
        standings=_standings(end),
    )


def _standings(end: int) -> dict[str, Standing]:
    objectives = load_objectives()
    windows = {*BURN_WINDOWS, *(objective.window for objective in objectives)}
    tallies = {window: _tallies(objectives, window, end) for window in windows}
    return {
        objective.name: standing(
            objective, {window: tallies[window][objective.name] for window in windows}
        )
        for objective in objectives
    }


def _tallies(objectives: Iterable[Objective], window: str, end: int) -> dict[str, Tally]:
    """How each promise was kept over a window; a long one is asked for once a minute."""
    length = seconds(window)
    fresh = LONG_FRESH_SECONDS if length >= LONG else 0.0
    return _memo.get(
        ("tallies", window), fresh, lambda: _count_tallies(objectives, end - length, end)
    )


def _count_tallies(objectives: Iterable[Objective], start: int, end: int) -> dict[str, Tally]:
    counted = sketches({objective.measure for objective in objectives}, start, end)
    return {
        objective.name: Tally(
            good=count_within(counted[objective.measure], objective.within_ms),
            total=sum(counted[objective.measure].values()),
        )
        for objective in objectives
    }


class _Memo:
    """Answers that are asked for more often than they change; one thread computes, others wait."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._answers: dict[object, tuple[float, Any]] = {}

    def get(self, key: object, fresh_seconds: float, compute: Callable[[], T]) -> T:
        with self._lock:
            now = time.monotonic()
            made, answer = self._answers.get(key, (float("-inf"), None))
            if now - made >= fresh_seconds:
                answer = compute()
                self._answers[key] = (now, answer)
            return cast("T", answer)

    def forget(self) -> None:
        with self._lock:
            self._answers.clear()


_memo = _Memo()


def current_report() -> Report:
    """The report, at most two seconds old (promises over hours and days: a minute)."""
    return _memo.get("report", FRESH_SECONDS, lambda: report(now=time.time()))


def forget_answers() -> None:
    """Compute the next answer anew."""
    _memo.forget()
