"""Bootstrap and circular shift against slow readings of their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.engine import threads
from backtest.resampling import (
    SHIFTS,
    EveryBar,
    chance_of_entries,
    chance_of_mean,
    draw_shifts,
    generator,
    session_bootstrap,
    shifted_sums,
)


def ground(random: np.random.Generator, bars: int) -> EveryBar:
    """R at each bar in both directions, a fifth of the bars without any."""
    sides = random.integers(-2_000_000, 4_000_001, (2, bars)).astype(np.int32)
    nowhere = random.random(bars) < 0.2
    sides[:, nowhere] = 0
    return EveryBar(sides[0], sides[1], np.flatnonzero(nowhere))


def naive(
    every: EveryBar, positions: list[int], directions: list[int], shift: int
) -> tuple[int, int]:
    """Move each entry on by ``shift`` bars, around the end, and add up what it finds there."""
    bars, nowhere = len(every), set(every.nowhere.tolist())
    total = count = 0
    for position, direction in zip(positions, directions, strict=True):
        at = (position + shift) % bars
        if at not in nowhere:
            total += int((every.long if direction > 0 else every.short)[at])
            count += 1
    return total, count


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 300), st.integers(0, 80))
def test_shifted_sums_equal_the_plain_loop(seed: int, bars: int, entries: int) -> None:
    random = np.random.default_rng(seed)
    every = ground(random, bars)
    positions = np.sort(random.integers(0, bars, entries))  # several rules may share a bar
    directions = random.choice(np.array([-1, 1], np.int8), entries)
    shifts = np.sort(random.integers(0, bars, 20))
    sums, counts = shifted_sums(every.doubled(), positions, directions, shifts)
    expected = [naive(every, positions.tolist(), directions.tolist(), s) for s in shifts.tolist()]
    assert list(zip(sums.tolist(), counts.tolist(), strict=True)) == expected


def test_more_entries_than_fit_one_tile_are_added_up_whole() -> None:
    random = np.random.default_rng(5)
    every = ground(random, 9_000)
    positions = np.sort(random.integers(0, 9_000, 4_321))
    directions = random.choice(np.array([-1, 1], np.int8), 4_321)
    sums, counts = shifted_sums(every.doubled(), positions, directions, np.array([0, 1, 8_999]))
    for i, shift in enumerate((0, 1, 8_999)):
        expected = naive(every, positions.tolist(), directions.tolist(), shift)
        assert (int(sums[i]), int(counts[i])) == expected


def test_p_counts_the_run_itself_among_the_shifts() -> None:
    sums, counts = np.array([10, 4, 12, 10, 0]), np.array([2, 2, 2, 2, 0])
    assert chance_of_mean(sums, counts) == (1 + 2) / 5
    assert chance_of_mean(np.array([0, 3]), np.array([0, 1])) is None
    assert chance_of_mean(np.array([3]), np.array([1])) is None


def test_shifts_are_uniform_on_1_to_bars_minus_1() -> None:
    drawn = draw_shifts(5, generator("run", "shift"))
    assert len(drawn) == SHIFTS
    assert set(drawn.tolist()) == {1, 2, 3, 4}
    assert len(draw_shifts(1, generator("run", "shift"))) == 0


def test_entries_that_know_the_future_are_no_accident_and_blind_ones_are() -> None:
    random = np.random.default_rng(9)
    every = ground(random, 4_000)
    usable = np.setdiff1d(np.arange(4_000), every.nowhere)
    clever = np.sort(usable[np.argsort(every.long[usable])[-200:]])
    blind = np.sort(random.choice(usable, 200, replace=False))
    up = np.ones(200, np.int8)
    p_clever, p_blind, _ = chance_of_entries(
        every.doubled(), [(clever, up), (blind, up)], generator("run", "shift")
    )
    assert p_clever == 1 / 1000
    assert p_blind is not None
    assert p_blind > 0.02


def test_threads_change_nothing() -> None:
    random = np.random.default_rng(2)
    every = ground(random, 3_000).doubled()
    cells = [
        (np.sort(random.integers(0, 3_000, n)), random.choice(np.array([-1, 1], np.int8), n))
        for n in (300, 50)
    ]
    alone = chance_of_entries(every, cells, generator("run", "shift"))
    with threads(3) as pool:
        assert chance_of_entries(every, cells, generator("run", "shift"), pool) == alone


def test_bootstrap_by_session_equals_the_plain_loop() -> None:
    random = np.random.default_rng(4)
    sums = random.integers(-5_000_000, 6_000_000, (12, 2))
    counts = random.integers(0, 4, (12, 2))
    found = session_bootstrap(sums, counts, generator("key", "bootstrap"))
    again = generator("key", "bootstrap")
    drawn = np.concatenate([again.integers(0, 12, (250, 12), np.int32) for _ in range(8)])
    for c in range(2):
        means = []
        for row in drawn.tolist():
            n = sum(int(counts[i, c]) for i in row)
            if n:
                means.append(sum(int(sums[i, c]) for i in row) / n / 1e6)
        assert found[c] == pytest.approx(np.quantile(means, [0.05, 0.95]), abs=1e-15)


def test_bootstrap_interval_covers_a_mean_that_is_known() -> None:
    """Sessions with a weather of their own: the interval must be wider than one that ignores it."""
    random = np.random.default_rng(8)
    held = 0
    for trial in range(120):
        weather = random.normal(0.2, 0.5, 60)
        trades = np.rint((weather[:, None] + random.normal(0, 1, (60, 8))) * 1e6).astype(np.int64)
        bounds = session_bootstrap(
            trades.sum(1, keepdims=True), np.full((60, 1), 8), generator(f"{trial}", "bootstrap")
        )[0]
        assert bounds is not None
        held += bounds[0] <= 0.2 <= bounds[1]
    assert 0.82 <= held / 120 <= 0.97


def test_a_group_without_outcomes_has_no_interval() -> None:
    nothing = np.zeros((4, 1), np.int64)
    assert session_bootstrap(nothing, nothing, generator("key", "bootstrap")) == [None]
    empty = np.zeros((0, 2), np.int64)
    assert session_bootstrap(empty, empty, generator("key", "bootstrap")) == [None, None]


def test_draws_depend_on_the_run_and_the_purpose_alone() -> None:
    one, same = (generator("a", "x").integers(0, 2**60, 5).tolist() for _ in range(2))
    assert one == same
    assert generator("b", "x").integers(0, 2**60, 5).tolist() != one
    assert generator("a", "y").integers(0, 2**60, 5).tolist() != one
    assert isinstance(generator("a", "x").bit_generator, np.random.PCG64)
