"""The daily table: counted afresh from the rows, written where it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from learning.aggregates import MICRO, DayCounts, session_date_of
from learning.models import RuleMetricsDaily
from learning.selectors import EVERYBODY, recount

DAYS: Final = 31
KEY: Final = ("user_id", "rule_id", "day")
FIGURES: Final = (
    "fired",
    "actionable",
    "good",
    "bad",
    "late",
    "missed",
    "matured",
    "evidence_good",
    "evidence_bad",
    "expectancy",
    "r_sum",
)
# On SQLite a writer keeps all others waiting: a batch is a few milliseconds.
BATCH: Final = 200

Key = tuple[str, str, date]
Figures = tuple[Any, ...]


def rollup(*, days: int = DAYS, as_of: datetime) -> int:
    """Count the last `days` session dates afresh, as of a market time, and write what differs.

    Returns the number of rows written or removed: 0 when it is run again.

    Raises:
        ValueError: `days` is below 1.
    """
    if days < 1:
        raise ValueError(f"days: {days} is below 1")
    last_day = session_date_of(as_of)
    first_day = last_day - timedelta(days=days - 1)
    wanted = _counted(first_day, last_day, as_of)
    there = _stored(first_day, last_day)
    changed = [key for key, figures in wanted.items() if there.get(key) != figures]
    gone = [key for key in there if key not in wanted]
    for batch in _batches(changed):
        _upsert({key: wanted[key] for key in batch})
    for batch in _batches(gone):
        RuleMetricsDaily.objects.filter(pk__in=batch).delete()
    return len(changed) + len(gone)


def _counted(first_day: date, last_day: date, as_of: datetime) -> dict[Key, Figures]:
    series = recount(
        rule_ids=None, user_ids=None, first_day=first_day, last_day=last_day, as_of=as_of
    )
    return {
        (owner, rule_id, day): _figures(counts)
        for (owner, rule_id), by_day in series.items()
        if owner != EVERYBODY
        for day, counts in by_day.items()
    }


def _figures(counts: DayCounts) -> Figures:
    expectancy = (
        (Decimal(counts.r_micro) / counts.matured / MICRO).quantize(Decimal("0.000001"))
        if counts.matured
        else None
    )
    plain = tuple(getattr(counts, name) for name in FIGURES[:-2])
    return (*plain, expectancy, counts.r_micro / MICRO)


def _stored(first_day: date, last_day: date) -> dict[Key, Figures]:
    rows = RuleMetricsDaily.objects.filter(day__gte=first_day, day__lte=last_day)
    found = rows.values_list(*KEY, *FIGURES)
    return {(row[0], row[1], row[2]): row[3:] for row in found}


def _batches(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def _upsert(rows: Mapping[Key, Figures]) -> None:
    with transaction.atomic():
        RuleMetricsDaily.objects.bulk_create(
            [
                RuleMetricsDaily(**dict(zip(KEY + FIGURES, (*key, *figures), strict=True)))
                for key, figures in rows.items()
            ],
            update_conflicts=True,
            unique_fields=list(KEY),
            update_fields=list(FIGURES),
        )
