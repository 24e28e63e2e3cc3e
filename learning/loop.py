"""The rolling aggregates: in memory per process, backed by Redis, rebuilt from the database.

Listens to what fired, what matured and what was labelled. Reads ask Redis for the versions first,
one round trip for any number of series, so that a change made by any process is seen at once.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog
from django.db import connection, transaction
from redis.exceptions import RedisError

from learning import store
from learning.aggregates import NOTHING, DayCounts, Series
from learning.selectors import (
    EVERYBODY,
    Pair,
    RuleView,
    first_day_of,
    recount,
    recount_labels,
    view_of,
)

# A series reaches that much further back than asked for, so that a clock set back finds it too.
SLACK: Final = timedelta(days=31)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """A series as this process holds it."""

    version: str
    first_day: date
    series: Series


class Aggregates:
    """The series of one process. Values are immutable; threads may share it."""

    def __init__(self) -> None:
        self._memory: dict[Pair, Known] = {}
        # Days that could not be marked while Redis was away.
        self._owed: set[tuple[Pair, date]] = set()

    def series(
        self, pairs: Collection[Pair], *, first_day: date, activity: bool = False
    ) -> dict[Pair, Series]:
        """The series of each pair from `first_day` on.

        Without `activity` the counts of what fired may be behind; a score is not made of them.
        """
        wanted = list(pairs)
        try:
            self._pay()
            return self._shared(wanted, first_day, activity=activity)
        except RedisError as error:
            # The copy is gone, not the truth: read on from the rows, slower.
            log.warning("aggregates.redis_unreachable", error=str(error))
            return _count(wanted, first_day, date.max)

    def held(self, pair: Pair) -> Series | None:
        """What this process holds in memory, whatever Redis says."""
        known = self._memory.get(pair)
        return None if known is None else known.series

    def suspect(self, pairs: Collection[Pair], day: date, *, token: str, part: store.Part) -> None:
        """Call before the commit of a change of that day's rows, and `refresh` after it."""
        with self._owing(pairs, day):
            store.suspect(pairs, day, token=token, part=part)

    def refresh(self, pairs: Collection[Pair], day: date, *, token: str, part: store.Part) -> None:
        """Count a day afresh after the commit, and publish it to all processes."""
        with self._owing(pairs, day):
            entries = store.settle(list(pairs), day, token=token, part=part)
            self._recount_suspects(
                {pair: entry for pair, entry in entries.items() if entry.version is not None},
                activity=False,
            )

    def fire(self, days: Collection[tuple[Pair, date]]) -> None:
        """Something fired: what was counted of that is behind from now on."""
        try:
            store.fire(days)
        except RedisError as error:
            self._owed.update(days)
            log.warning("aggregates.redis_unreachable", error=str(error))

    def rebuild(self) -> None:
        """Forget everything, in this process and in Redis: the rows are read afresh."""
        self._memory.clear()
        try:
            store.forget()
        except RedisError as error:
            # One that comes back is another run, and its versions are dropped anyway.
            log.warning("aggregates.redis_unreachable", error=str(error))

    @contextmanager
    def _owing(self, pairs: Collection[Pair], day: date) -> Iterator[None]:
        """A label must not fail because the copy is away; what was not marked is owed."""
        try:
            yield
        except RedisError as error:
            self._owed.update((pair, day) for pair in pairs)
            log.warning("aggregates.redis_unreachable", error=str(error))

    def _pay(self) -> None:
        for pair, day in list(self._owed):
            store.settle([pair], day, token=secrets.token_hex(8), part="all")
            self._owed.discard((pair, day))

    def _shared(self, pairs: list[Pair], first_day: date, *, activity: bool) -> dict[Pair, Series]:
        found = self._held(pairs, first_day, activity=activity)
        entries = store.load([pair for pair in pairs if pair not in found])
        lost = {
            pair: entry
            for pair, entry in entries.items()
            if entry.version is None or entry.first_day > first_day
        }
        whole = {pair: entry for pair, entry in entries.items() if pair not in lost}
        found |= self._recount_whole(lost, first_day)
        return found | self._recount_suspects(whole, activity=activity)

    def _held(self, pairs: list[Pair], first_day: date, *, activity: bool) -> dict[Pair, Series]:
        """The series in memory that are still those of Redis, one round trip for all."""
        held: dict[Pair, Series] = {}
        for pair, head in store.heads(pairs).items():
            known = self._memory.get(pair)
            if known is None or known.version != head.version or (activity and head.fired):
                continue
            if known.first_day <= first_day:
                held[pair] = known.series
        return held

    def _recount_whole(
        self, entries: Mapping[Pair, store.Entry], first_day: date
    ) -> dict[Pair, Series]:
        """Series that Redis does not have, or not far enough back."""
        if not entries:
            return {}
        start = first_day - SLACK
        counted = _count(entries, start, date.max)
        counts = [
            store.Count(pair, entry.generation, counted[pair], entry.settled, start, whole=True)
            for pair, entry in entries.items()
        ]
        self._publish(counts, counted)
        return counted

    def _recount_suspects(
        self, entries: Mapping[Pair, store.Entry], *, activity: bool
    ) -> dict[Pair, Series]:
        """Series that Redis has; their suspect days are counted afresh."""
        doubtful = {pair: _doubtful(entry, activity=activity) for pair, entry in entries.items()}
        fresh = _count_days({pair: days for pair, (days, _) in doubtful.items()}, recount)
        labels = _count_days({pair: days for pair, (_, days) in doubtful.items()}, recount_labels)
        for pair, days in labels.items():
            for day, counted in days.items():
                fresh[pair][day] = entries[pair].series.get(day, NOTHING).with_labels_of(counted)
        series = {
            pair: _compact({**entry.series, **fresh[pair]}) for pair, entry in entries.items()
        }
        for pair, entry in entries.items():
            if not fresh[pair] and entry.version not in {None, store.SUSPECT}:
                self._memory[pair] = Known(str(entry.version), entry.first_day, series[pair])
        counts = [
            store.Count(
                pair, entry.generation, fresh[pair], entry.settled, entry.first_day, whole=False
            )
            for pair, entry in entries.items()
            if entry.settled or (fresh[pair] and not entry.suspects)
        ]
        self._publish(counts, series)
        return series

    def _publish(self, counts: list[store.Count], series: Mapping[Pair, Series]) -> None:
        """Give what was counted to all processes, and to this one's memory.

        Not from inside a transaction: what it sees may never be committed.
        """
        if not counts:
            return
        if connection.in_atomic_block:
            whole = {count.pair: count.first_day + SLACK for count in counts if count.whole}
            if whole:
                again = partial(self.series, list(whole), first_day=min(whole.values()))
                transaction.on_commit(again)
            return
        first_days = {count.pair: count.first_day for count in counts}
        for pair, version in store.write(counts).items():
            self._memory[pair] = Known(version, first_days[pair], series[pair])


def _compact(series: Mapping[date, DayCounts]) -> Series:
    return {day: counts for day, counts in series.items() if counts != NOTHING}


def _doubtful(entry: store.Entry, *, activity: bool) -> tuple[set[date], set[date]]:
    """The days of a series that must be counted afresh: all of it, its labels alone."""
    whole = {day for day, part in entry.suspects if part == "all"}
    if activity:
        whole |= entry.fired
    return whole, {day for day, part in entry.suspects if part == "labels"} - whole


class Counter(Protocol):
    """`recount`, or the part of it that is needed."""

    def __call__(
        self,
        *,
        rule_ids: Collection[str] | None,
        user_ids: Collection[str] | None,
        first_day: date,
        last_day: date,
    ) -> Mapping[Pair, Series]: ...


def _count(
    pairs: Collection[Pair], first_day: date, last_day: date, counter: Counter = recount
) -> dict[Pair, Series]:
    counted = counter(
        rule_ids={rule_id for _, rule_id in pairs},
        user_ids={owner for owner, _ in pairs if owner != EVERYBODY},
        first_day=first_day,
        last_day=last_day,
    )
    return {pair: counted.get(pair, {}) for pair in pairs}


def _count_days(
    days: Mapping[Pair, Collection[date]], counter: Counter
) -> dict[Pair, dict[date, DayCounts]]:
    """Each pair's days afresh, 0 where there is nothing; one count for each distinct day."""
    pairs_of: dict[date, list[Pair]] = defaultdict(list)
    for pair, asked in days.items():
        for day in asked:
            pairs_of[day].append(pair)
    fresh: dict[Pair, dict[date, DayCounts]] = {pair: {} for pair in days}
    for day, pairs in pairs_of.items():
        for pair, series in _count(pairs, day, day, counter).items():
            fresh[pair][day] = series.get(day, NOTHING)
    return fresh


AGGREGATES: Final = Aggregates()


def current_views(
    pairs: Collection[tuple[str | None, str]], *, now: datetime, activity: bool = False
) -> dict[tuple[str | None, str], RuleView]:
    """Rules as they stand, for the windows that end at `now` (market time).

    Without a user: all users' evidence together. With `activity` also what fired is up to date.
    """
    needed = {(user_id or EVERYBODY, rule_id) for user_id, rule_id in pairs}
    needed |= {(EVERYBODY, rule_id) for _, rule_id in pairs}
    series = AGGREGATES.series(sorted(needed), first_day=first_day_of(now), activity=activity)
    return {
        (user_id, rule_id): view_of(user_id, rule_id, series, now) for user_id, rule_id in pairs
    }
