"""How many current labels there are, by user, rule, session date and kind.

SQL by hand: every label counts a day afresh, and to compile this query took the ORM ten times as
long as the database took to run it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection

# The rows that count, said in two ways: of each user and target the last. SQLite looks for a later
# row in the index of revisions. PostgreSQL, as long as it has no statistics of a table that grows,
# takes the index of users for that and reads all rows of a user for each of them; so it is asked in
# a way that takes one pass, whatever it knows.
_LAST: Final = {
    "sqlite": """
        SELECT f.* FROM feedback f
        WHERE {where} AND NOT EXISTS (
            SELECT 1 FROM feedback n
            WHERE n.user_id = f.user_id AND n.target = f.target AND n.revision > f.revision
            AND {arrived})
    """,
    "postgresql": """
        SELECT * FROM (
            SELECT f.*, MAX(revision) OVER (PARTITION BY user_id, target) AS last
            FROM feedback f WHERE {where} AND {arrived}
        ) ranked WHERE revision = last
    """,
}


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
    where, values = "session_date >= %s AND session_date <= %s", [_day(first_day), _day(last_day)]
    for column, wanted in (("rule_id", rule_ids), ("user_id", user_ids)):
        if wanted is not None:
            where, values = f"{where} AND {_among(column, wanted)}", [*values, *wanted]
    arrived = "1 = 1"
    if as_of is not None:
        arrived = "market_ts <= %s"
        moment = connection.ops.adapt_datetimefield_value(as_of)
        where, values = f"{where} AND {arrived}", [*values, moment, moment]
    sql = f"""
        SELECT user_id, rule_id, session_date, label, delivered, COUNT(*)
        FROM ({_LAST[connection.vendor].format(where=where, arrived=arrived)}) counting
        WHERE label IS NOT NULL
        GROUP BY user_id, rule_id, session_date, label, delivered
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
