"""Statistics of a backtest's triggers (pure).

R is counted in whole millionths and summed as integers: a sum does not depend on the order in which
it was made, so a figure is the same to the last bit on any machine and at any number of threads.
Expectancy, profit factor, Sharpe ratios and chance use R clipped to [-2, +4]; equity and drawdown
use R as it was traded.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = "stats-v1"
MICRO: Final = 1_000_000
R_MIN, R_MAX = -2.0, 4.0
MIN_SAMPLE: Final = 20
"""Below this many outcomes a figure says little; the screen says "too few"."""

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

_NORMAL = NormalDist()
_Z95: Final = _NORMAL.inv_cdf(0.975)
_EULER_GAMMA: Final = 0.5772156649015329
_SPLIT: Final = 22  # bits; squares of clipped R in millionths have 44
_PART: Final = 1 << 17  # values whose products of two 22-bit halves still sum up inside 63 bits


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, standard deviation (n - 1), skewness and plain kurtosis (normal: 3) of a sample.

    ``sharpe`` is mean over standard deviation, per trade. A field is None where the sample is too
    small or does not vary.
    """

    count: int
    mean: float | None
    deviation: float | None
    sharpe: float | None
    skewness: float | None
    kurtosis: float | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and what it may be."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of a curve from its highest point so far, in R, and where it lay.

    ``peak`` is the position of the last value at the highest point (-1: before the first),
    ``trough`` that of the lowest one after it.
    """

    depth: float
    peak: int
    trough: int


def micro_r(r: Float64, *, clipped: bool = True) -> Int64:
    """R in whole millionths, clipped to [-2, +4] unless told otherwise; NaN is not allowed."""
    values = np.clip(r, R_MIN, R_MAX) if clipped else r
    return np.rint(values * MICRO).astype(np.int64)


def wilson(successes: int, trials: int) -> Interval | None:
    """Rate with its 95 % interval (Wilson 1927); None without trials."""
    if trials == 0:
        return None
    rate, z2 = successes / trials, _Z95 * _Z95
    centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = (_Z95 / (1 + z2 / trials)) * math.sqrt(
        rate * (1 - rate) / trials + z2 / (4 * trials * trials)
    )
    # Rounding must not put a rate of 0 or 1 outside its own interval.
    return Interval(rate, min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half)))


def power_sums(micro: Int64) -> tuple[int, int, int, int]:
    """Exact sums of x, x², x³ and x⁴ over clipped R in millionths."""
    totals = [0, 0, 0, 0]
    for at in range(0, len(micro), _PART):
        x = micro[at : at + _PART]
        square = x * x
        high, low = square >> _SPLIT, square & ((1 << _SPLIT) - 1)
        totals[0] += int(x.sum())
        totals[1] += int(square.sum())
        totals[2] += (int((x * high).sum()) << _SPLIT) + int((x * low).sum())
        totals[3] += (
            (int((high * high).sum()) << (2 * _SPLIT))
            + (int((high * low).sum()) << (_SPLIT + 1))
            + int((low * low).sum())
        )
    return totals[0], totals[1], totals[2], totals[3]


def moments(micro: Int64) -> Moments:
    """Moments of clipped R in millionths, from exact sums."""
    n = len(micro)
    if n == 0:
        return Moments(0, None, None, None, None, None)
    s1, s2, s3, s4 = power_sums(micro)
    mean = s1 / n / MICRO
    # Central moments times n^2, n^3, n^4: whole numbers until the one division.
    c2 = n * s2 - s1 * s1
    c3 = n * n * s3 - 3 * n * s1 * s2 + 2 * s1**3
    c4 = n**3 * s4 - 4 * n * n * s1 * s3 + 6 * n * s1 * s1 * s2 - 3 * s1**4
    if n < 2 or c2 == 0:
        return Moments(n, mean, None if n < 2 else 0.0, None, None, None)
    deviation = math.sqrt(c2 / (n * (n - 1))) / MICRO
    skewness = (c3 / c2) / math.sqrt(c2)
    return Moments(n, mean, deviation, mean / deviation, skewness, c4 / (c2 * c2))


def probabilistic_sharpe(
    sharpe: float, *, n: int, skewness: float, kurtosis: float, benchmark: float = 0.0
) -> float:
    """Chance that the true Sharpe ratio per trade exceeds a benchmark.

    Φ((SR - SR*)·√(n - 1) / √(1 - γ3·SR + (γ4 - 1)/4·SR²)), kurtosis γ4 of the normal being 3.
    Source: D. Bailey and M. López de Prado, "The Sharpe Ratio Efficient Frontier", 2012.

    Raises:
        ValueError: fewer than two trades, or moments that no sample can have.
    """
    if n < 2:
        raise ValueError(f"n {n} is below 2")
    spread = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
    if not spread > 0.0:
        raise ValueError(f"skewness {skewness} and kurtosis {kurtosis} belong to no sample")
    return _NORMAL.cdf((sharpe - benchmark) * math.sqrt((n - 1) / spread))


def sharpe_confidence(sample: Moments, *, benchmark: float = 0.0) -> float | None:
    """``probabilistic_sharpe`` of a sample; None where it has no Sharpe ratio."""
    if sample.sharpe is None or sample.skewness is None or sample.kurtosis is None:
        return None
    spread = 1.0 - sample.skewness * sample.sharpe
    spread += (sample.kurtosis - 1.0) / 4.0 * sample.sharpe * sample.sharpe
    if not spread > 0.0:  # two-valued samples can lie on the edge of what is possible
        return 1.0 if sample.sharpe > benchmark else 0.0
    return probabilistic_sharpe(
        sample.sharpe,
        n=sample.count,
        skewness=sample.skewness,
        kurtosis=sample.kurtosis,
        benchmark=benchmark,
    )


def expected_best_sharpe(sharpes: Sequence[float]) -> float:
    """The Sharpe ratio that the best of as many worthless variants would show by luck.

    √V·((1 - γ)·Φ⁻¹(1 - 1/N) + γ·Φ⁻¹(1 - 1/(N·e))), V the variance of the variants' ratios.
    Source: D. Bailey and M. López de Prado, "The Deflated Sharpe Ratio", 2014.
    """
    n = len(sharpes)
    if n < 2:
        return 0.0
    mean = math.fsum(sharpes) / n
    variance = math.fsum((each - mean) ** 2 for each in sharpes) / (n - 1)
    luck = (1 - _EULER_GAMMA) * _NORMAL.inv_cdf(1 - 1 / n)
    luck += _EULER_GAMMA * _NORMAL.inv_cdf(1 - 1 / (n * math.e))
    return math.sqrt(variance) * luck


def deflated_sharpe(sample: Moments, sharpes: Sequence[float]) -> float | None:
    """Chance that a variant's true Sharpe ratio exceeds what the best of all tried owes to luck."""
    return sharpe_confidence(sample, benchmark=expected_best_sharpe(sharpes))


def profit_factor(micro: Int64) -> float | None:
    """Sum of gains over sum of losses; None without a loss."""
    losses = -int(micro[micro < 0].sum())
    return int(micro[micro > 0].sum()) / losses if losses else None


def drawdown(equity: Int64) -> Drawdown:
    """The deepest fall of a curve of cumulated R in millionths that starts at 0."""
    if not len(equity):
        return Drawdown(0.0, -1, -1)
    high = np.maximum(np.maximum.accumulate(equity), 0)
    fall = high - equity
    trough = int(fall.argmax())
    depth = int(fall[trough])
    if depth == 0:
        return Drawdown(0.0, -1, -1)
    at_peak = np.flatnonzero(equity[: trough + 1] == high[trough])
    return Drawdown(depth / MICRO, int(at_peak[-1]) if len(at_peak) else -1, trough)


def break_even_rate(*, win: float = 1.5, loss: float = 1.0, cost: float = 0.05) -> float:
    """Share of trades that must win for an expectancy of 0: 0.42 at 1.5 : 1 with cost."""
    return (loss + cost) / (win + loss)
