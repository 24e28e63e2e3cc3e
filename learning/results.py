"""The journal's R in place of a signal's automatic outcome, for the user who took the trade.

What all users know of a market event stays the automatic outcome: it is counted once, whoever
traded it how.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from coach.signals.tallies import MaturedSignal, matured_decisions
from feedback.journal.selectors import linked_results, results_for
from learning.aggregates import MICRO, NOTHING, DayCounts
from learning.evidence import clip_r

Owner = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OwnOutcome:
    """A matured signal of a user: `r_micro` the R that counts for him, None where there is none."""

    row: MaturedSignal
    r_micro: int | None


def micro(r: float | None) -> int | None:
    """Clipped R in whole millionths."""
    return None if r is None else round(clip_r(r) * MICRO)


def own_outcome_counts(r_micro: int | None) -> DayCounts:
    """What one matured outcome adds to its user's counts, market events aside."""
    if r_micro is None:
        return NOTHING
    return replace(NOTHING, matured=1, wins=int(r_micro > 0), r_micro=r_micro)


def corrections(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None,
) -> Iterator[tuple[Owner, date, DayCounts]]:
    """What linked trades change in counts made of automatic outcomes, by (user, rule) and day."""
    linked = linked_results(
        rule_ids=rule_ids, user_ids=user_ids, first_day=first_day, last_day=last_day, as_of=as_of
    )
    if not linked:
        return
    r_of = {(one.user_id, one.signal_id): micro(one.r) for one in linked}
    for row in matured_decisions({one.signal_id for one in linked}, as_of=as_of):
        if (row.user_id, row.signal_id) in r_of:
            counts = own_outcome_counts(r_of[row.user_id, row.signal_id])
            yield (row.user_id, row.rule_id), row.day, counts - own_outcome_counts(row.r_micro)


def own_outcomes(signal_ids: Collection[str]) -> list[OwnOutcome]:
    """Every user's matured outcome of these signals, a linked trade's R where there is one."""
    linked: Mapping[tuple[str, str], float] = results_for(signal_ids)
    return [
        OwnOutcome(row, micro(linked[key]) if key in linked else row.r_micro)
        for row in matured_decisions(signal_ids)
        for key in [(row.user_id, row.signal_id)]
    ]
