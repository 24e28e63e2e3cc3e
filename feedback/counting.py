"""How many current labels there are, by user, rule, session date and kind.

SQL by hand: every label counts a day afresh, and to compile this query took the ORM ten times as
long as the database took to run it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection


class LabelTally(NamedTuple):
    """How many current labels of a kind one user has on one rule and session date."""

    user_id: str
    rule_id: str
    day: date
    label: str
    delivered: bool | None
    labels: int


def count_labels(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> list[LabelTally]:
    """Current labels by user, rule, session date of the signal, label and whether it was delivered.

    None for `rule_ids` or `user_ids` means all of them. With `as_of` (market time) only labels that
    had arrived by then count.
    """
    where, values = "f.session_date >= %s AND f.session_date <= %s", [_day(first_day)]
    values.append(_day(last_day))
    for column, wanted in (("f.rule_id", rule_ids), ("f.user_id", user_ids)):
        if wanted is not None:
            where, values = f"{where} AND {_among(column, wanted)}", [*values, *wanted]
    newer = ""
    if as_of is not None:
        moment = connection.ops.adapt_datetimefield_value(as_of)
        newer = "AND n.market_ts <= %s"
        where, values = f"{where} AND f.market_ts <= %s", [*values, moment, moment]
    sql = f"""
        SELECT f.user_id, f.rule_id, f.session_date, f.label, f.delivered, COUNT(*)
        FROM feedback f
        WHERE {where} AND f.label IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM feedback n
            WHERE n.user_id = f.user_id AND n.target = f.target AND n.revision > f.revision {newer})
        GROUP BY f.user_id, f.rule_id, f.session_date, f.label, f.delivered
    """  # noqa: S608 - made of the constants here; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_tally(row) for row in cursor.fetchall()]


def _tally(row: tuple[Any, ...]) -> LabelTally:
    """SQLite keeps dates as text and truth as 0 and 1."""
    user_id, rule_id, day, label, delivered, labels = row
    return LabelTally(
        user_id,
        rule_id,
        date.fromisoformat(day) if isinstance(day, str) else day,
        label,
        None if delivered is None else bool(delivered),
        labels,
    )


def _day(day: date) -> Any:  # noqa: ANN401 - as the database takes it
    return connection.ops.adapt_datefield_value(day)


def _among(column: str, wanted: Collection[str]) -> str:
    """No value is among none."""
    return f"{column} IN ({', '.join(['%s'] * len(wanted))})" if wanted else "1 = 0"
