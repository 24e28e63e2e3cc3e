"""A planted world: rules whose worth is known, some of which change, and traders who label.

All randomness of a seed is drawn here, once, so that every arm meets the same signals, outcomes and
labels; what differs between arms is only what they deliver.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WIN_R: Final = 1.45
LOSS_R: Final = -1.05
TREND, RANGE = 0, 1


@dataclass(frozen=True, slots=True)
class Rule:
    """Planted expectancy in R of a signal of mean confidence.

    ``trend`` until the turn and ``after`` from then on; ``range`` while the regime is range, where
    that differs.
    """

    name: str
    trend: float
    after: float | None = None
    range: float | None = None


RULES: Final = (
    Rule("r1_good", 0.35),
    Rule("r2_flips_down", 0.35, after=-0.30),
    Rule("r3_fair", 0.15),
    Rule("r4_fair", 0.15),
    Rule("r5_trend_only", 0.35, range=-0.30),
    Rule("r6_even", 0.0),
    Rule("r7_bad", -0.25),
    Rule("r8_flips_up", -0.25, after=0.25),
)
FLIPS_DOWN: Final = 1
STABLE_GOOD: Final = (0, 2, 3)
BAD: Final = 6


@dataclass(frozen=True, slots=True)
class World:
    """The knobs of the world; the defaults are the world as given."""

    name: str = "as given"
    users: int = 4
    days: int = 120
    burn_in: int = 30
    turn: int = 60
    signals_a_day: float = 5.0
    minutes: int = 375
    regime_switch: float = 0.2
    confidence_mean: float = 0.62
    confidence_sd: float = 0.08
    uniform_confidence: bool = False
    confidence_effect: float = 0.35
    edge: bool = True
    labelled: float = 0.5
    wrong: float = 0.2
    label_delay: float = 0.6


GIVEN: Final = World()
WORLDS: Final = (
    GIVEN,
    replace(GIVEN, name="uniform confidence", uniform_confidence=True),
    replace(GIVEN, name="no edge", edge=False),
    replace(GIVEN, name="one user", users=1),
)


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One seed's signals as columns of equal length, ordered by (day, minute, user, rule).

    ``p`` the planted chance to win, ``ev`` the planted expected value in R, ``r`` the outcome in R,
    known the next day. If a signal is delivered and ``labelled``, its trader's label says
    ``says_good`` and arrives on day ``label_day``. ``first`` holds where each day begins, with one
    more entry for the end.
    """

    world: World
    day: Ints
    minute: Ints
    user: Ints
    rule: Ints
    regime: Ints
    confidence: Floats
    p: Floats
    ev: Floats
    r: Floats
    labelled: Bools
    says_good: Bools
    label_day: Ints
    first: Ints

    def of_day(self, day: int) -> range:
        """The indices of a day's signals."""
        return range(int(self.first[day]), int(self.first[day + 1]))

    def days(self) -> Iterator[int]:
        """The days, in order."""
        return iter(range(self.world.days))


def draw_world(world: World, seed: int) -> Draw:
    """Everything that chance decides, from one seed (PCG64)."""
    rng = np.random.default_rng(seed)
    day, user, rule = _fired(world, rng)
    minute = rng.integers(0, world.minutes, day.size)
    order = np.lexsort((rule, user, minute, day))
    day, minute, user, rule = day[order], minute[order], user[order], rule[order]
    regime = _regimes(world, rng)[day]
    confidence = _confidence(world, rng, day.size)
    p = _chance(world, day, rule, regime, confidence)
    won = rng.random(day.size) < p
    return Draw(
        world=world,
        day=day,
        minute=minute,
        user=user,
        rule=rule,
        regime=regime,
        confidence=confidence,
        p=p,
        ev=WIN_R * p + LOSS_R * (1.0 - p),
        r=np.where(won, WIN_R, LOSS_R),
        labelled=rng.random(day.size) < world.labelled,
        says_good=won ^ (rng.random(day.size) < world.wrong),
        label_day=day + rng.geometric(world.label_delay, day.size),
        first=np.searchsorted(day, np.arange(world.days + 1)),
    )


def _fired(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    shape = (world.days, world.users, len(RULES))
    counts = rng.poisson(world.signals_a_day, shape).ravel()
    cells = np.repeat(np.arange(counts.size), counts)
    day, user, rule = np.unravel_index(cells, shape)
    return day.astype(np.int64), user.astype(np.int64), rule.astype(np.int64)


def _regimes(world: World, rng: np.random.Generator) -> Ints:
    """The market's regime by day: starts in trend, switches with a fixed chance each day."""
    switched = rng.random(world.days) < world.regime_switch
    switched[0] = False
    return np.asarray(np.cumsum(switched) % 2, dtype=np.int64)


def _confidence(world: World, rng: np.random.Generator, size: int) -> Floats:
    if world.uniform_confidence:
        # Same mean and standard deviation as the bell, so that the fixed gate means the same.
        half_width = world.confidence_sd * np.sqrt(3.0)
        found = world.confidence_mean + rng.uniform(-half_width, half_width, size)
    else:
        found = rng.normal(world.confidence_mean, world.confidence_sd, size)
    return np.asarray(np.round(np.clip(found, 0.05, 0.98), 9), dtype=np.float64)


def expectancies(world: World) -> Floats:
    """Planted expectancy by day, rule and regime, shape (days, 8, 2)."""
    table = np.zeros((world.days, len(RULES), 2))
    if not world.edge:
        return table
    for i, rule in enumerate(RULES):
        table[:, i, :] = rule.trend
        if rule.range is not None:
            table[:, i, RANGE] = rule.range
        if rule.after is not None:
            table[world.turn :, i, :] = rule.after
    return table


def _chance(world: World, day: Ints, rule: Ints, regime: Ints, confidence: Floats) -> Floats:
    """P(win) = σ(logit((E + 1.05)/2.5) + 0.35·(conf - 0.62)/0.08)."""
    base = (expectancies(world)[day, rule, regime] - LOSS_R) / (WIN_R - LOSS_R)
    shift = (confidence - world.confidence_mean) / world.confidence_sd
    x = np.log(base / (1.0 - base)) + world.confidence_effect * shift
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)
