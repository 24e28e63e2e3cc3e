"""What the trades came to: by day, by size, and by what they have in common (pure).

R is not clipped here: a journal shows what happened. Open trades and trades whose risk is not known
have no R; the caller says how many there are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean, stdev
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
MIN_INTERVAL: Final = 6
"""Below that the expansion of Student's quantile is off by more than a hundredth."""
BINS: Final = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Result(NamedTuple):
    """A closed trade with an R; `entry` in the exchange's time."""

    r: float
    day: date
    entry: datetime
    rule_id: str
    regime: str
    tags: tuple[str, ...]
    planned: bool


class Day(NamedTuple):
    """The trades closed in a session."""

    day: date
    r: float
    trades: int
    wins: int


class Bin(NamedTuple):
    """Trades with `low` <= R < `high`; None: without bound."""

    low: float | None
    high: float | None
    trades: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Trades with something in common. `low` and `high` bound the expectancy at 95 % (Student's t,
    trades taken as independent), None below six trades; `key` "" means that they have none."""

    key: str
    n: int
    total: float
    expectancy: float | None
    low: float | None
    high: float | None
    wins: int
    profit_factor: float | None


def student_95(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t (Abramowitz & Stegun 26.7.5).

    2.571 for 5 degrees of freedom, 2.093 for 19.
    """
    z, n = Z_95, float(degrees)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / n + second / n**2 + third / n**3 + fourth / n**4


def group_of(key: str, results: Sequence[float]) -> Group:
    """The figures of some results in R."""
    n = len(results)
    mean = fmean(results) if n else None
    margin = None
    if mean is not None and n >= MIN_INTERVAL:
        margin = student_95(n - 1) * stdev(results) / math.sqrt(n)
    lost = -sum(r for r in results if r < 0)
    return Group(
        key=key,
        n=n,
        total=math.fsum(results),
        expectancy=mean,
        low=None if mean is None or margin is None else mean - margin,
        high=None if mean is None or margin is None else mean + margin,
        wins=sum(r > 0 for r in results),
        profit_factor=sum(r for r in results if r > 0) / lost if lost else None,
    )


def calendar(results: Iterable[Result]) -> list[Day]:
    """R of each session, oldest first; sessions without a trade are absent."""
    days: dict[date, list[float]] = defaultdict(list)
    for result in results:
        days[result.day].append(result.r)
    return [
        Day(day, math.fsum(found), len(found), sum(r > 0 for r in found))
        for day, found in sorted(days.items())
    ]


def distribution(results: Iterable[Result]) -> list[Bin]:
    """How many trades came to how much."""
    edges: list[float | None] = [None, *BINS, None]
    counts = [0] * (len(edges) - 1)
    for result in results:
        counts[sum(result.r >= edge for edge in BINS)] += 1
    return [
        Bin(low, high, trades)
        for low, high, trades in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def groups(results: Iterable[Result], keys: Callable[[Result], Iterable[str]]) -> list[Group]:
    """The figures of each group, by key; a trade may belong to several."""
    found: dict[str, list[float]] = defaultdict(list)
    for result in results:
        for key in keys(result):
            found[key].append(result.r)
    return [group_of(key, rs) for key, rs in sorted(found.items())]


def by_rule(result: Result) -> Iterable[str]:
    """The rule whose alert was taken."""
    return (result.rule_id,)


def by_hour(result: Result) -> Iterable[str]:
    """The hour of the entry at the exchange, two digits."""
    return (f"{result.entry:%H}",)


def by_weekday(result: Result) -> Iterable[str]:
    """mon to sun, of the entry at the exchange."""
    return (WEEKDAYS[result.entry.weekday()],)


def by_regime(result: Result) -> Iterable[str]:
    """The market at the alert."""
    return (result.regime,)


def by_tag(result: Result) -> Iterable[str]:
    """Each tag; "" for a trade without one."""
    return result.tags or ("",)


def by_plan(result: Result) -> Iterable[str]:
    """planned, unplanned."""
    return ("planned" if result.planned else "unplanned",)


BREAKDOWNS: Final[dict[str, Callable[[Result], Iterable[str]]]] = {
    "byRule": by_rule,
    "byHour": by_hour,
    "byWeekday": by_weekday,
    "byRegime": by_regime,
    "byTag": by_tag,
    "byPlan": by_plan,
}
