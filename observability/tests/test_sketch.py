"""Quantiles from counts: within 1 % of the exact ones, mergeable, null without samples."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observability.sketch import bucket_of, count_within, merge, quantiles, value_of

durations = st.lists(st.floats(0.002, 1e7), min_size=1, max_size=200)


def sketch(values: list[float]) -> Counter[int]:
    return Counter(map(bucket_of, values))


@given(durations, st.floats(0, 1))
def test_a_quantile_is_within_one_percent_of_the_value_at_its_rank(
    values: list[float], rank: float
) -> None:
    exact = sorted(values)[max(0, math.ceil(rank * len(values)) - 1)]
    [answer] = quantiles(sketch(values), [rank])
    assert answer == pytest.approx(exact, rel=0.0101)


@given(st.lists(durations, min_size=1, max_size=8), st.floats(0.01, 1))
def test_the_whole_is_no_slower_than_its_slowest_part(
    parts: list[list[float]], rank: float
) -> None:
    """An hour's p95 above that of each of its minutes would be a contradiction on the page."""
    [of_all] = quantiles(merge(sketch(part) for part in parts), [rank])
    of_parts = [quantiles(sketch(part), [rank])[0] or 0.0 for part in parts]
    assert of_all is not None
    assert of_all <= max(of_parts)


@given(durations, durations)
def test_merging_is_counting_together(one: list[float], other: list[float]) -> None:
    assert merge([sketch(one), sketch(other)]) == sketch(one + other)


@given(durations, st.floats(0.01, 1e6))
def test_counting_within_a_bound_errs_only_next_to_it(values: list[float], bound: float) -> None:
    within = count_within(sketch(values), bound)
    assert sum(value <= bound for value in values) <= within
    assert within <= sum(value <= bound * 1.0203 for value in values)


def test_nothing_counted_is_none() -> None:
    assert quantiles({}, [0.5, 0.95]) == [None, None]


@pytest.mark.parametrize("value", [0.0, -3.0, 1e-300, math.inf, 1e300])
def test_what_is_out_of_range_counts_at_its_end(value: float) -> None:
    assert 0.00099 < value_of(bucket_of(value)) < 87_300_000
