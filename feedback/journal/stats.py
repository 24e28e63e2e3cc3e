"""What a user's trades came to, as `GET /api/journal/stats` answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from coach.market.calendars import XNYS, holidays, zone
from coach.market.selectors import calendars_of
from feedback.journal import statistics as st
from feedback.journal.bars import session_date_of
from feedback.journal.records import split
from feedback.journal.selectors import TradeFilter, trades_of
from feedback.models import Trade


def stats_json(user_id: str, wanted: TradeFilter, *, as_of: datetime) -> dict[str, Any]:
    """The statistics of a user's trades; `today` is that of all of them, whatever is filtered."""
    rows = list(trades_of(user_id, wanted).order_by("exit_ts", "pk"))
    results = _results(rows)
    days = st.calendar(results)
    today = session_date_of(XNYS, as_of)
    return {
        "asOf": as_of.isoformat(),
        "today": _today(user_id, as_of, today),
        "all": _group_json(st.group_of("", [result.r for result in results])),
        "withoutR": sum(row.exit_ts is not None and row.r is None for row in rows),
        "demo": any(row.source == Trade.Source.DEMO for row in rows),
        "calendar": [
            {"date": day.day.isoformat(), "r": day.r, "trades": day.trades, "wins": day.wins}
            for day in days
        ],
        "holidays": [day.isoformat() for day in _holidays([today, *(each.day for each in days)])],
        "distribution": [each._asdict() for each in st.distribution(results)],
        **{
            name: [_group_json(group) for group in st.groups(results, keys)]
            for name, keys in st.BREAKDOWNS.items()
        },
    }


def _results(rows: list[Trade]) -> list[st.Result]:
    calendars = calendars_of({row.symbol for row in rows})
    return [
        st.Result(
            r=row.r,
            day=row.session_date,
            entry=row.entry_ts.astimezone(zone(calendars[row.symbol])),
            rule_id=row.rule_id,
            regime=row.regime,
            tags=split(row.tags),
            planned=row.planned,
        )
        for row in rows
        if row.r is not None
    ]


def _holidays(days: list[date]) -> list[date]:
    """Those of the months that the calendar shows."""
    after = max(days).replace(day=28) + timedelta(days=4)  # in the month after the last
    return holidays(min(days).replace(day=1), after.replace(day=1) - timedelta(days=1))


def _today(user_id: str, as_of: datetime, day: date) -> dict[str, Any]:
    """As the governor counts it: what had been told by now, in the order in which it was."""
    rows = trades_of(user_id).filter(session_date=day, closed_ts__lte=as_of, r__isnull=False)
    found = [
        float(r or 0) for r in rows.order_by("closed_ts", "exit_ts").values_list("r", flat=True)
    ]
    streak = 0
    for r in found:
        streak = streak + 1 if r < 0 else 0 if r > 0 else streak
    return {
        "date": day.isoformat(),
        "r": sum(found),
        "trades": len(found),
        "lossStreak": streak,
        "open": trades_of(user_id).filter(exit_ts__isnull=True).count(),
    }


def _group_json(group: st.Group) -> dict[str, Any]:
    return {
        "key": group.key,
        "n": group.n,
        "total": group.total,
        "expectancy": group.expectancy,
        "low": group.low,
        "high": group.high,
        "wins": group.wins,
        "profitFactor": group.profit_factor,
    }
