"""Reads of this room: scores and metrics of rules, afresh from the rows or from the aggregates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

from django.db.models import QuerySet

from coach.signals.tallies import DecisionTally, tally_decisions, tally_events
from feedback.counting import count_labels
from learning.aggregates import (
    NOTHING,
    DayCounts,
    Series,
    label_counts,
    score_of_everybody,
    score_of_user,
    session_date_of,
)
from learning.evidence import LONG_WINDOW_DAYS
from learning.models import ScoreEntry
from learning.results import corrections
from learning.score import ScoreBreakdown

# The owner of all users' evidence together; no user's key is like it.
EVERYBODY: Final = "*"

Pair = tuple[str, str]
"""(user or EVERYBODY, rule)"""


def recount(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> dict[Pair, dict[date, DayCounts]]:
    """Count afresh from the rows: the series of these users and of everybody, by (owner, rule).

    None for `rule_ids` or `user_ids` means all of them; days without anything are absent. With
    `as_of` (market time) only what had arrived by then counts.
    """
    days: dict[Pair, dict[date, DayCounts]] = defaultdict(dict)
    # A user's own outcomes before everybody's: outcomes are only ever added, so what arrives in
    # between is missing from the part, never from the whole.
    decisions = tally_decisions(
        rule_ids=rule_ids,
        user_ids=user_ids,
        first_day=first_day,
        last_day=last_day,
        as_of=as_of,
    )
    for own in decisions:
        _add(days, (own.user_id, own.rule_id), own.day, _of_decisions(own))
    traded = corrections(
        rule_ids=rule_ids,
        user_ids=user_ids,
        first_day=first_day,
        last_day=last_day,
        as_of=as_of,
    )
    for pair, day, counts in traded:
        _add(days, pair, day, counts)
    events = tally_events(rule_ids=rule_ids, first_day=first_day, last_day=last_day, as_of=as_of)
    for event in events:
        counts = DayCounts(events=event.events, event_r_micro=event.event_r_micro)
        _add(days, (EVERYBODY, event.rule_id), event.day, counts)
    labels = recount_labels(
        rule_ids=rule_ids,
        user_ids=user_ids,
        first_day=first_day,
        last_day=last_day,
        as_of=as_of,
    )
    for pair, series in labels.items():
        for day, counts in series.items():
            _add(days, pair, day, counts)
    return dict(days)


def recount_labels(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> dict[Pair, dict[date, DayCounts]]:
    """The part of `recount` that labels make, alone."""
    days: dict[Pair, dict[date, DayCounts]] = defaultdict(dict)
    # Labels may be taken back: the users' part and the whole come from one query.
    labels = count_labels(
        rule_ids=rule_ids, user_ids=None, first_day=first_day, last_day=last_day, as_of=as_of
    )
    for tally in labels:
        counts = label_counts(tally.label, delivered=tally.delivered, count=tally.labels)
        _add(days, (EVERYBODY, tally.rule_id), tally.day, counts)
        if user_ids is None or tally.user_id in user_ids:
            _add(days, (tally.user_id, tally.rule_id), tally.day, counts)
    return dict(days)


def _add(days: dict[Pair, dict[date, DayCounts]], pair: Pair, day: date, more: DayCounts) -> None:
    days[pair][day] = days[pair].get(day, NOTHING) + more


def _of_decisions(tally: DecisionTally) -> DayCounts:
    return DayCounts(
        fired=tally.fired,
        actionable=tally.actionable,
        matured=tally.matured,
        wins=tally.wins,
        r_micro=tally.r_micro,
        events=tally.events,
        event_r_micro=tally.event_r_micro,
    )


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """One rule as of a moment: a user's series and everybody's, and the session date D they are
    read for. Every figure on a screen follows from it."""

    rule_id: str
    user_id: str | None
    own: Series
    everybody: Series
    as_of: datetime

    @property
    def session_date(self) -> date:
        """D: the windows are D-6 … D and D-29 … D."""
        return session_date_of(self.as_of)

    @cached_property
    def score(self) -> ScoreBreakdown:
        """The user's score, or without a user that of all users' evidence together."""
        if self.user_id is None:
            return score_of_everybody(self.everybody, as_of_session=self.session_date)
        return score_of_user(self.own, self.everybody, as_of_session=self.session_date)

    def with_own(self, day: date, change: DayCounts) -> RuleView:
        """The same with a change of the user's counts on one day, in the whole as well."""
        return replace(
            self, own=_with(self.own, day, change), everybody=_with(self.everybody, day, change)
        )


def _with(series: Series, day: date, change: DayCounts) -> Series:
    return {**series, day: series.get(day, NOTHING) + change}


def first_day_of(as_of: datetime) -> date:
    """The first session date that the windows reach at a moment."""
    return session_date_of(as_of) - timedelta(days=LONG_WINDOW_DAYS - 1)


def views_from_rows(
    pairs: Collection[tuple[str | None, str]], *, as_of: datetime
) -> dict[tuple[str | None, str], RuleView]:
    """Rules as of a past moment, counted afresh: rows that arrived later change nothing."""
    days = recount(
        rule_ids={rule_id for _, rule_id in pairs},
        user_ids={user_id for user_id, _ in pairs if user_id is not None},
        first_day=first_day_of(as_of),
        last_day=session_date_of(as_of),
        as_of=as_of,
    )
    return {
        (user_id, rule_id): view_of(user_id, rule_id, days, as_of) for user_id, rule_id in pairs
    }


def view_of(
    user_id: str | None, rule_id: str, days: Mapping[Pair, Series], as_of: datetime
) -> RuleView:
    """The view of one rule, from the series of its owners."""
    return RuleView(
        rule_id=rule_id,
        user_id=user_id,
        own={} if user_id is None else days.get((user_id, rule_id), {}),
        everybody=days.get((EVERYBODY, rule_id), {}),
        as_of=as_of,
    )


def score_steps(
    user_id: str,
    *,
    rule_id: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[ScoreEntry]:
    """The steps of a user's scores with market time in [start, end)."""
    wanted = {"rule_id": rule_id, "market_ts__gte": start, "market_ts__lt": end}
    filters = {name: value for name, value in wanted.items() if value is not None}
    return ScoreEntry.objects.filter(user=user_id, **filters)
