"""What the arms were worth, and whether that is enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, NamedTuple

import numpy as np

from benchmarks.learning.arms import ARMS, Arm, ArmResult
from benchmarks.learning.world import BAD, STABLE_GOOD, Bools, Draw


@dataclass(frozen=True, slots=True)
class SeedReport:
    """One seed's measures, over the judged days.

    ``totals`` planted EV in R of what each arm delivered; per learning arm ``gain`` over the fixed
    gate in percent, ``gap`` the share of the way to the oracle, ``good_suppressed`` and
    ``bad_suppressed`` in percent of what the fixed gate delivered of the stable good rules and of
    the bad one; ``flip_days`` by user, until the score of the rule that turned bad fell below 0.
    """

    seed: int
    signals: int
    totals: dict[Arm, float]
    gain: dict[Arm, float]
    gap: dict[Arm, float]
    good_suppressed: dict[Arm, float]
    bad_suppressed: dict[Arm, float]
    flip_days: dict[Arm, list[int]]


LEARNING: Final[tuple[Arm, ...]] = ("v1", "v2")


def judge(seed: int, draw: Draw, results: Mapping[Arm, ArmResult]) -> SeedReport:
    """Measures of one seed from the arms' deliveries."""
    judged = draw.day >= draw.world.burn_in
    totals = {arm: float(draw.ev[judged & results[arm].delivered].sum()) for arm in ARMS}
    fixed = judged & results["fixed"].delivered
    good = fixed & np.isin(draw.rule, STABLE_GOOD)
    bad = fixed & (draw.rule == BAD)
    room = totals["oracle"] - totals["fixed"]
    return SeedReport(
        seed=seed,
        signals=int(draw.day.size),
        totals=totals,
        gain={arm: 100 * (totals[arm] / totals["fixed"] - 1) for arm in LEARNING},
        gap={arm: (totals[arm] - totals["fixed"]) / room for arm in LEARNING},
        good_suppressed={arm: _suppressed(good, results[arm].delivered) for arm in LEARNING},
        bad_suppressed={arm: _suppressed(bad, results[arm].delivered) for arm in LEARNING},
        flip_days={arm: _flip_days(draw, results[arm]) for arm in LEARNING},
    )


def _suppressed(of: Bools, delivered: Bools) -> float:
    return float(100 * (of & ~delivered).sum() / of.sum())


def _flip_days(draw: Draw, result: ArmResult) -> list[int]:
    """Days from the turn to the first morning with a score below 0; all that are left if never."""
    after = np.array(result.flip_scores)[draw.world.turn :]
    below = after < 0
    return [int(np.argmax(user)) if user.any() else len(user) for user in below.T]


class Mean(NamedTuple):
    """One arm's mean over the seeds; ``flip_days`` is the median over users and seeds."""

    gain: float
    gap: float
    good_suppressed: float
    bad_suppressed: float
    flip_days: float


def mean_over_seeds(reports: Sequence[SeedReport], arm: Arm) -> Mean:
    """Means over seeds of one learning arm."""
    return Mean(
        gain=fmean(report.gain[arm] for report in reports),
        gap=fmean(report.gap[arm] for report in reports),
        good_suppressed=fmean(report.good_suppressed[arm] for report in reports),
        bad_suppressed=fmean(report.bad_suppressed[arm] for report in reports),
        flip_days=float(median(days for report in reports for days in report.flip_days[arm])),
    )


class Target(NamedTuple):
    """A promise: ``measure`` of ``arm`` in ``world`` is at least (or at most) ``bound``."""

    world: str
    arm: Arm
    measure: str
    bound: float
    at_least: bool = True

    def met(self, value: float) -> bool:
        """Whether a measured value keeps the promise."""
        return value >= self.bound if self.at_least else value <= self.bound


TARGETS: Final = (
    Target("as given", "v1", "gain", 12.0),
    Target("as given", "v1", "gap", 0.35),
    Target("as given", "v1", "flip_days", 8.0, at_least=False),
    Target("as given", "v1", "good_suppressed", 5.0, at_least=False),
    Target("as given", "v2", "gain", 22.0),
    Target("as given", "v2", "gap", 0.70),
    Target("as given", "v2", "bad_suppressed", 70.0),
    Target("no edge", "v1", "gain", -5.0),
    Target("no edge", "v2", "gain", -2.0),
)
