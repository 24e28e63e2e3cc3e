"""How much was decided and what became of it, by user, rule and session date.

R is counted in whole millionths, each signal's clipped to [-2, +4]: integers add up to the same
total in any order, so that figures kept by hand and figures counted afresh agree to the last bit.

The two tallies are SQL by hand: every label counts a day afresh, and to compile these expressions
took the ORM twenty times as long as the database took to run them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, Value, When
from django.db.models.functions import Cast, Round

from coach.prepared import Prepared
from coach.signals.models import Decision

MICRO: Final = 1_000_000
R_MIN: Final = -2.0
R_MAX: Final = 4.0


class DecisionTally(NamedTuple):
    """One user's decisions about one rule on one session date.

    `matured` of them have an R whose horizon has passed, `wins` of these are above 0 R, `r_micro`
    is the sum of their clipped R in millionths. `events` and `event_r_micro` are the same over
    market events (see `EventTally`).
    """

    user_id: str
    rule_id: str
    day: date
    fired: int
    actionable: int
    matured: int
    wins: int
    r_micro: int
    events: int
    event_r_micro: int


class EventTally(NamedTuple):
    """Matured market events of one rule on one session date that were decided for anybody.

    A market event is (symbol, timeframe, seq, rule): if a rule fired there in several versions, the
    first one recorded stands for it.
    """

    rule_id: str
    day: date
    events: int
    event_r_micro: int


def tally_decisions(
    *,
    rule_ids: Collection[str] | None,
    user_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> list[DecisionTally]:
    """Decisions and their outcomes by user, rule and session date, [first_day, last_day].

    None for `rule_ids` or `user_ids` means all of them. With `as_of` (market time) only what had
    been decided and had matured by then counts.
    """
    where, values = _where(rule_ids, first_day, last_day)
    one_version = _one_version(where, values)
    if user_ids is not None:
        where, values = f"{where} AND {_among('d.user_id', user_ids)}", [*values, *user_ids]
    if as_of is not None:
        where, values = f"{where} AND d.decided_at <= %s", [*values, _sql_moment(as_of)]
    matured, moments = _matured_by(as_of)
    first = matured if one_version else f"{matured} AND {_FIRST_VERSION}"
    sql = f"""
        SELECT d.user_id, s.rule_id, s.session_date, COUNT(*),
               COUNT(*) FILTER (WHERE d.delivered),
               COUNT(*) FILTER (WHERE {matured}),
               COUNT(*) FILTER (WHERE {matured} AND s.outcome_r > 0),
               COALESCE(SUM({_MICRO_R}) FILTER (WHERE {matured}), 0),
               COUNT(*) FILTER (WHERE {first}),
               COALESCE(SUM({_MICRO_R}) FILTER (WHERE {first}), 0)
        FROM signals_decision d JOIN signals_signal s ON s.id = d.signal_id
        WHERE {where}
        GROUP BY d.user_id, s.rule_id, s.session_date
    """  # noqa: S608 - made of the constants here; every value is a parameter
    rows = _fetch(sql, [*moments * 5, *values])
    return [
        DecisionTally(user, rule, _day(day), *map(int, counts)) for user, rule, day, *counts in rows
    ]


def tally_events(
    *,
    rule_ids: Collection[str] | None,
    first_day: date,
    last_day: date,
    as_of: datetime | None = None,
) -> list[EventTally]:
    """Matured market events by rule and session date, each once however many users watched it."""
    where, values = _where(rule_ids, first_day, last_day)
    matured, moments = _matured_by(as_of)
    first = matured if _one_version(where, values) else f"{matured} AND {_FIRST_VERSION}"
    by_then = "" if as_of is None else "AND x.decided_at <= %s"
    sql = f"""
        SELECT s.rule_id, s.session_date, COUNT(*), COALESCE(SUM({_MICRO_R}), 0)
        FROM signals_signal s
        WHERE {where} AND {first}
          AND EXISTS (SELECT 1 FROM signals_decision x WHERE x.signal_id = s.id {by_then})
        GROUP BY s.rule_id, s.session_date
    """  # noqa: S608 - made of the constants here; every value is a parameter
    rows = _fetch(sql, [*values, *moments * 2])
    return [EventTally(rule, _day(day), *map(int, counts)) for rule, day, *counts in rows]


class MaturedSignal(NamedTuple):
    """A matured signal of one user: its clipped R in millionths."""

    user_id: str
    signal_id: str
    rule_id: str
    day: date
    r_micro: int | None
    matured_at: datetime


def matured_decisions(
    signal_ids: Collection[str], *, as_of: datetime | None = None
) -> list[MaturedSignal]:
    """Every user's decision about those of the signals whose horizon has passed; R may be None."""
    passed = Q(signal__matured_at__isnull=False)
    if as_of is not None:
        passed &= Q(signal__matured_at__lte=as_of, decided_at__lte=as_of)
    r = Case(When(signal__outcome_r__isnull=False, then=_micro_r("signal__outcome_r")))
    names = ("user_id", "signal_id", "signal__rule_id", "signal__session_date", "r_micro")
    rows = (
        Decision.objects.filter(passed, signal__in=signal_ids)
        .annotate(r_micro=r)
        .order_by("user_id", "signal_id")
        .values_list(*names, "signal__matured_at")
    )
    return [MaturedSignal(*row) for row in rows]


def decided_days(signal_ids: Collection[str]) -> list[tuple[str, str, date]]:
    """The (user, rule, session date) of every decision about these signals, each once."""
    return [(user_id, rule_id, day) for user_id, rule_id, day in _decided_days(signal_ids)]


_decided_days = Prepared(
    lambda signal_ids: (
        Decision.objects.filter(signal__in=signal_ids)
        .order_by()
        .distinct()
        .values_list("user_id", "signal__rule_id", "signal__session_date")
    )
)


_FIRST_VERSION: Final = """NOT EXISTS (
            SELECT 1 FROM signals_signal e
            WHERE e.symbol = s.symbol AND e.timeframe = s.timeframe AND e.seq = s.seq
              AND e.rule_id = s.rule_id AND e.id < s.id
              AND EXISTS (SELECT 1 FROM signals_decision y WHERE y.signal_id = e.id))"""
"""The rule did not fire on the same bar in a version recorded earlier and decided for anybody. Keys
sort by time of creation, so what is recorded later never changes who came first."""

_MICRO_R: Final = f"""CAST(ROUND(CASE WHEN s.outcome_r < {R_MIN} THEN {R_MIN}
            WHEN s.outcome_r > {R_MAX} THEN {R_MAX} ELSE s.outcome_r END * {MICRO}.0) AS BIGINT)"""


def _where(
    rule_ids: Collection[str] | None, first_day: date, last_day: date
) -> tuple[str, list[Any]]:
    """Signals of these rules on [first_day, last_day], and the values of the placeholders."""
    where, values = "s.session_date >= %s AND s.session_date <= %s", [_sql_day(first_day)]
    values.append(_sql_day(last_day))
    if rule_ids is not None:
        where, values = f"{where} AND {_among('s.rule_id', rule_ids)}", [*values, *rule_ids]
    return where, values


def _one_version(where: str, values: Sequence[Any]) -> bool:
    """Whether each rule fired in one version only, as it nearly always does. Only where it did not
    may a bar hold two signals of a rule, and is the first one worth looking for at every signal."""
    sql = f"SELECT DISTINCT s.rule_id, s.rule_version FROM signals_signal s WHERE {where}"  # noqa: S608
    versions = _fetch(sql, values)
    return len(versions) == len({rule_id for rule_id, _ in versions})


def _among(column: str, wanted: Collection[str]) -> str:
    """No value is among none."""
    return f"{column} IN ({', '.join(['%s'] * len(wanted))})" if wanted else "1 = 0"


def _matured_by(as_of: datetime | None) -> tuple[str, list[Any]]:
    """Its horizon has passed, by `as_of`, and it has an R."""
    matured = "s.matured_at IS NOT NULL AND s.outcome_r IS NOT NULL"
    if as_of is None:
        return matured, []
    return f"{matured} AND s.matured_at <= %s", [_sql_moment(as_of)]


def _fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _sql_day(day: date) -> Any:  # noqa: ANN401 - as the database takes it
    return connection.ops.adapt_datefield_value(day)


def _sql_moment(moment: datetime) -> Any:  # noqa: ANN401 - as the database takes it
    return connection.ops.adapt_datetimefield_value(moment)


def _day(value: date | str) -> date:
    """SQLite keeps dates as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _micro_r(column: str) -> Cast:
    clipped = Case(
        When(**{f"{column}__lt": R_MIN}, then=Value(R_MIN)),
        When(**{f"{column}__gt": R_MAX}, then=Value(R_MAX)),
        default=F(column),
    )
    return Cast(Round(clipped * Value(float(MICRO))), BigIntegerField())
