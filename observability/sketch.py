"""Quantiles from counts, with a relative error of 1 % (pure).

DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", VLDB 2019): a value falls into the bucket ceil(log_gamma(value)), and a
bucket answers with the value whose relative distance to every value in it is at most the accuracy.
Sketches of many processes and minutes are merged by adding the counts up.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ddsketch.mapping import LogarithmicMapping

RELATIVE_ACCURACY = 0.01
# Below this, milliseconds are no longer told apart: 0 has no logarithm.
SMALLEST_MS = 0.001
LARGEST_MS = 86_400_000.0
_MAPPING = LogarithmicMapping(RELATIVE_ACCURACY)

Counts = Mapping[int, int]


def bucket_of(value_ms: float) -> int:
    """The bucket of a duration; what is out of [0.001 ms, a day] counts at the end of the range."""
    return int(_MAPPING.key(min(max(value_ms, SMALLEST_MS), LARGEST_MS)))


def value_of(bucket: int) -> float:
    """The duration that stands for a bucket, ms."""
    return float(_MAPPING.value(bucket))


def merge(sketches: Iterable[Counts]) -> Counter[int]:
    """All counts together."""
    merged: Counter[int] = Counter()
    for counts in sketches:
        merged.update(counts)
    return merged


def quantiles(counts: Counts, ranks: Sequence[float]) -> list[float | None]:
    """The values at `ranks` in [0, 1], each within 1 %; None where nothing was counted.

    The nearest rank (the least value that so many do not exceed): the whole never has a higher one
    than the highest of its parts.
    """
    total = sum(counts.values())
    if not total:
        return [None] * len(ranks)
    ordered = sorted(counts.items())
    return [_at(ordered, math.ceil(rank * total) - 1) for rank in ranks]


def _at(ordered: Sequence[tuple[int, int]], rank: int) -> float:
    seen = 0
    for bucket, count in ordered:
        seen += count
        if seen > rank:
            return value_of(bucket)
    return value_of(ordered[-1][0])


def count_within(counts: Counts, bound_ms: float) -> int:
    """How many values are at most `bound_ms` (the bucket that holds the bound counts whole)."""
    last = bucket_of(bound_ms)
    return sum(count for bucket, count in counts.items() if bucket <= last)
