"""The formulas, each against its worked number, a slow reading, or what must hold of it."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.statistics import (
    MICRO,
    break_even_rate,
    deflated_sharpe,
    drawdown,
    expected_best_sharpe,
    micro_r,
    moments,
    power_sums,
    probabilistic_sharpe,
    profit_factor,
    sharpe_confidence,
    wilson,
)

clipped_r = st.lists(st.integers(-2 * MICRO, 4 * MICRO), min_size=2, max_size=60)


def test_wilson_interval_of_12_in_20() -> None:
    found = wilson(12, 20)
    assert found is not None
    assert found.value == 0.6
    assert (found.low, found.high) == pytest.approx((0.3866, 0.7812), abs=5e-5)


@given(st.integers(1, 400), st.data())
def test_wilson_interval_holds_its_rate_and_stays_inside_0_and_1(
    n: int, data: st.DataObject
) -> None:
    found = wilson(data.draw(st.integers(0, n)), n)
    assert found is not None
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_a_rate_without_trials_is_unknown() -> None:
    assert wilson(0, 0) is None


def test_probabilistic_sharpe_of_the_worked_case() -> None:
    assert probabilistic_sharpe(0.15, n=60, skewness=0.4, kurtosis=2.2) == pytest.approx(
        0.88182, abs=5e-6
    )


def test_probabilistic_sharpe_refuses_what_no_sample_has() -> None:
    with pytest.raises(ValueError, match="skewness 10"):
        probabilistic_sharpe(0.5, n=60, skewness=10.0, kurtosis=1.0)
    with pytest.raises(ValueError, match="n 1 is below 2"):
        probabilistic_sharpe(0.5, n=1, skewness=0.0, kurtosis=3.0)


@given(clipped_r)
def test_power_sums_are_exact(values: list[int]) -> None:
    expected = tuple(sum(x**k for x in values) for k in (1, 2, 3, 4))
    assert power_sums(np.array(values, np.int64)) == expected


def test_power_sums_of_many_values_are_exact() -> None:
    values = np.tile(np.array([4 * MICRO, -2 * MICRO, 3_999_999], np.int64), 120_000)
    once = [sum(x**k for x in (4 * MICRO, -2 * MICRO, 3_999_999)) for k in (1, 2, 3, 4)]
    assert power_sums(values) == tuple(120_000 * each for each in once)


@given(clipped_r)
def test_moments_equal_their_textbook_reading(values: list[int]) -> None:
    found = moments(np.array(values, np.int64))
    xs = [Fraction(x, MICRO) for x in values]
    mean = sum(xs) / len(xs)
    m2, m3, m4 = (sum((x - mean) ** k for x in xs) / len(xs) for k in (2, 3, 4))
    assert found.mean == pytest.approx(float(mean), abs=1e-15)
    if m2 == 0:
        assert found.sharpe is None
        return
    assert found.deviation == pytest.approx(math.sqrt(m2 * len(xs) / (len(xs) - 1)), rel=1e-12)
    assert found.skewness == pytest.approx(float(m3) / float(m2) ** 1.5, rel=1e-9, abs=1e-9)
    assert found.kurtosis == pytest.approx(float(m4 / m2**2), rel=1e-12)
    assert found.kurtosis is not None
    assert found.kurtosis >= 1.0


@given(clipped_r)
def test_confidence_in_a_sharpe_ratio_is_a_probability(values: list[int]) -> None:
    found = sharpe_confidence(moments(np.array(values, np.int64)))
    assert found is None or 0.0 <= found <= 1.0


def test_the_more_variants_were_tried_the_less_their_best_says() -> None:
    random = np.random.default_rng(3)
    sample = moments(micro_r(random.normal(0.15, 1.0, 200)))
    few, many = [0.05, 0.1, 0.0, 0.15], [0.05, 0.1, 0.0, 0.15] * 50
    assert expected_best_sharpe([0.1]) == 0.0
    assert 0 < expected_best_sharpe(few) < expected_best_sharpe(many)
    plain, of_few, of_many = (
        sharpe_confidence(sample),
        deflated_sharpe(sample, few),
        deflated_sharpe(sample, many),
    )
    assert plain is not None
    assert of_few is not None
    assert of_many is not None
    assert plain > of_few > of_many


def test_the_luck_of_the_best_variant_is_what_a_simulation_shows() -> None:
    random = np.random.default_rng(11)
    best = random.normal(0, 0.1, (4_000, 50)).max(axis=1).mean()
    spread = random.normal(0, 0.1, 50)
    spread = (spread - spread.mean()) / spread.std(ddof=1) * 0.1
    assert expected_best_sharpe(spread.tolist()) == pytest.approx(best, rel=0.03)


def test_r_is_clipped_in_statistics_and_whole_on_a_trade() -> None:
    r = np.array([-3.5, -1.05, 0.1234567, 9.0])
    assert micro_r(r).tolist() == [-2_000_000, -1_050_000, 123_457, 4_000_000]
    assert micro_r(r, clipped=False).tolist() == [-3_500_000, -1_050_000, 123_457, 9_000_000]


def test_profit_factor() -> None:
    assert profit_factor(micro_r(np.array([1.45, -1.05, 1.45, -1.05]))) == pytest.approx(
        1.45 / 1.05
    )
    assert profit_factor(micro_r(np.array([1.45]))) is None


def test_drawdown_is_the_deepest_fall_from_the_highest_point_so_far() -> None:
    equity = np.cumsum(micro_r(np.array([1, 1, -1, 2, -1, -1, -1, 1.5, -0.5])))
    found = drawdown(equity)
    assert (found.depth, found.peak, found.trough) == (3.0, 3, 6)
    falling = drawdown(np.cumsum(micro_r(np.array([-1.0, -1.0]))))
    assert (falling.depth, falling.peak, falling.trough) == (2.0, -1, 1)
    assert drawdown(np.cumsum(micro_r(np.array([1.0, 1.0])))).depth == 0.0


def test_break_even_hit_rate_is_42_percent() -> None:
    assert break_even_rate() == pytest.approx(0.42)
