"""Counts by session date, their windows, and what the score makes of them (pure).

R is kept in whole millionths (micro-R): integers add up to the same total in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import Final, Self, cast

from learning.evidence import (
    LONG_WINDOW_DAYS,
    SHORT_WINDOW_DAYS,
    Label,
    label_increment,
    wilson_interval,
    window_start,
)
from learning.score import Counts, ScoreBreakdown, explain_score

MICRO: Final = 1_000_000
LABEL_FIELDS: Final = ("good", "bad", "late", "missed", "evidence_good", "evidence_bad")
WINDOWS: Final = (("7d", SHORT_WINDOW_DAYS), ("30d", LONG_WINDOW_DAYS))


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What is known of one rule on one session date, for one user or for all of them together.

    `fired` decisions, `actionable` of them delivered; `good` to `missed` raw current labels;
    `evidence_good` and `evidence_bad` what they mean to the score; `matured` outcomes with `wins`
    above 0 R and the sum `r_micro` of their clipped R, the journal's where a trade is linked;
    `events` and `event_r_micro` matured market events and their automatic R, each event once.
    """

    fired: int = 0
    actionable: int = 0
    good: int = 0
    bad: int = 0
    late: int = 0
    missed: int = 0
    evidence_good: int = 0
    evidence_bad: int = 0
    matured: int = 0
    wins: int = 0
    r_micro: int = 0
    events: int = 0
    event_r_micro: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    def __sub__(self, other: Self) -> Self:
        return type(self)(*(a - b for a, b in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        """All counts in the order of the fields."""
        return _VALUES(self)

    def with_labels_of(self, other: Self) -> Self:
        """These counts with the other's labels."""
        return replace(self, **{name: getattr(other, name) for name in LABEL_FIELDS})

    @property
    def labelled(self) -> int:
        """Current labels of any kind."""
        return self.good + self.bad + self.late + self.missed

    @property
    def expectancy(self) -> float | None:
        """Mean clipped R of the matured outcomes; None without one."""
        return self.r_micro / self.matured / MICRO if self.matured else None

    @property
    def winrate(self) -> tuple[float, float, float] | None:
        """good / (good + bad) of the raw labels with Wilson's 95 % bounds; None without one."""
        return _rate(self.good, self.good + self.bad)

    @property
    def hit_rate(self) -> tuple[float, float, float] | None:
        """Share of matured outcomes above 0 R with Wilson's 95 % bounds; None without one."""
        return _rate(self.wins, self.matured)


# Thousands of days are added up for one moment; this reads all fields at once.
_VALUES: Final = attrgetter(*(field.name for field in fields(DayCounts)))
NOTHING: Final = DayCounts()

Series = Mapping[date, DayCounts]


def _rate(successes: int, total: int) -> tuple[float, float, float] | None:
    bounds = wilson_interval(successes, total)
    return None if bounds is None else (successes / total, *bounds)


def session_date_of(as_of: datetime) -> date:
    """The session date that windows end on at a moment of market time: its UTC date.

    A regular session lies within one UTC date and bears it, in New York as around the clock.
    """
    return as_of.astimezone(UTC).date()


def label_counts(label: str | None, *, delivered: bool | None, count: int = 1) -> DayCounts:
    """What `count` current labels of one kind add to a day; None is no label."""
    if label is None:
        return NOTHING
    one = _one_label(label, delivered)
    return one if count == 1 else DayCounts(*(count * value for value in one.values()))


@cache
def _one_label(label: str, delivered: bool | None) -> DayCounts:  # noqa: FBT001  a key of the cache
    evidence = label_increment(cast("Label", label), delivered=delivered)
    counted = DayCounts(evidence_good=evidence.good, evidence_bad=evidence.bad)
    return replace(counted, **{label: 1})


def add_up(counts: Iterable[DayCounts]) -> DayCounts:
    """The sum."""
    columns = zip(*map(_VALUES, counts), strict=True)
    summed = [sum(column) for column in columns]
    return DayCounts(*summed) if summed else NOTHING


def window(series: Series, *, as_of_session: date, days: int) -> DayCounts:
    """The counts of the window of `days` session dates that ends on `as_of_session`."""
    start = window_start(as_of_session, days)
    return add_up(counts for day, counts in series.items() if start <= day <= as_of_session)


@dataclass(frozen=True, slots=True)
class Windows:
    """The two windows of a series."""

    week: DayCounts
    month: DayCounts

    @classmethod
    def of(cls, series: Series, *, as_of_session: date) -> Self:
        """The windows that end on a session date."""
        return cls(
            window(series, as_of_session=as_of_session, days=SHORT_WINDOW_DAYS),
            window(series, as_of_session=as_of_session, days=LONG_WINDOW_DAYS),
        )

    def by_name(self) -> dict[str, DayCounts]:
        """The windows under the names of the API."""
        return {"7d": self.week, "30d": self.month}


def own_counts(counts: DayCounts) -> Counts:
    """One user's evidence: labels, and the R of his signals."""
    return Counts(
        good=counts.evidence_good,
        bad=counts.evidence_bad,
        matured=counts.matured,
        r_sum=counts.r_micro / MICRO,
    )


def pooled_counts(counts: DayCounts) -> Counts:
    """All users' evidence: each label, each market event once."""
    return Counts(
        good=counts.evidence_good,
        bad=counts.evidence_bad,
        matured=counts.events,
        r_sum=counts.event_r_micro / MICRO,
    )


def score_of_user(own: Series, everybody: Series, *, as_of_session: date) -> ScoreBreakdown:
    """A user's score of a rule; the others' evidence is everybody's without his own labels and
    without the market events that he has himself."""
    mine = Windows.of(own, as_of_session=as_of_session)
    pool = Windows.of(everybody, as_of_session=as_of_session)
    return explain_score(
        own_counts(mine.week),
        own_counts(mine.month),
        _without(pool.week, mine.week),
        _without(pool.month, mine.month),
    )


def _without(pool: DayCounts, mine: DayCounts) -> Counts:
    """The others' evidence. The whole may have been read a moment later than the part, and lack a
    label that was taken back in between: never below none."""
    rest = pool - mine
    return pooled_counts(
        replace(
            rest,
            evidence_good=max(rest.evidence_good, 0),
            evidence_bad=max(rest.evidence_bad, 0),
            events=max(rest.events, 0),
        )
    )


def score_of_everybody(everybody: Series, *, as_of_session: date) -> ScoreBreakdown:
    """The score of all users' evidence together."""
    pool = Windows.of(everybody, as_of_session=as_of_session)
    return explain_score(pooled_counts(pool.week), pooled_counts(pool.month))
