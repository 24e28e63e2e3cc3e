"""`rule_metrics_daily`: counted from the rows by upsert; running it twice changes nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from coach.market.models import Clock
from coach.signals.tests.factories import SESSION, trader
from feedback.services import undo
from feedback.tests.factories import label
from learning.models import RuleMetricsDaily
from learning.rollup import rollup
from learning.tests.factories import NOON, decided, mature, matured

pytestmark = pytest.mark.django_db(transaction=True)


def table() -> list[tuple[Any, ...]]:
    """The table as another program would read it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT user_id, rule_id, day, fired, actionable, good, bad, expectancy"
            " FROM rule_metrics_daily ORDER BY user_id, rule_id, day"
        )
        return [
            (*row[:7], None if row[7] is None else round(Decimal(str(row[7])), 6))
            for row in cursor.fetchall()
        ]


def test_one_row_per_user_rule_and_session_date() -> None:
    one, two = trader(), trader()
    shared = matured(one.pk, two.pk, r=1.0)
    matured(one.pk, r=-0.5, minute=3, delivered=False)
    decided(one.pk, day=-1)
    label(one.pk, shared.id, "good")
    label(two.pk, shared.id, "bad")
    assert rollup(as_of=NOON) == 3
    rule = "ltp_breakout"
    assert table() == [
        (one.pk, rule, SESSION - timedelta(days=1), 1, 1, 0, 0, None),
        (one.pk, rule, SESSION, 2, 1, 1, 0, Decimal("0.25")),
        (two.pk, rule, SESSION, 1, 1, 0, 1, Decimal(1)),
    ]


def test_running_it_twice_changes_nothing() -> None:
    user = trader()
    for minute, r in enumerate((1.0, -1.05, 0.333_333_3)):
        signal = matured(user.pk, r=r, minute=minute)
        label(user.pk, signal.id, "good")
    assert rollup(as_of=NOON) == 1
    before = table()
    assert rollup(as_of=NOON) == 0
    assert table() == before


def test_a_change_is_written_and_what_is_taken_back_is_removed() -> None:
    user = trader()
    signal = decided(user.pk)
    given = label(user.pk, signal.id, "good").feedback
    rollup(as_of=NOON)
    assert given is not None
    undo(user_id=user.pk, feedback_id=given.id, market_ts=NOON)
    RuleMetricsDaily.objects.create(user_id=user.pk, rule_id="gone", day=SESSION, fired=3)
    assert rollup(as_of=NOON) == 2
    assert [row[1:7] for row in table()] == [("ltp_breakout", SESSION, 1, 1, 0, 0)]


def test_days_before_the_span_stay_as_they_are() -> None:
    user = trader()
    decided(user.pk, day=-40)
    assert rollup(as_of=NOON) == 0
    assert rollup(days=41, as_of=NOON) == 1
    assert rollup(days=1, as_of=NOON) == 0
    assert len(table()) == 1


def test_as_of_a_past_moment_it_counts_only_what_had_arrived() -> None:
    user = trader()
    signal = matured(user.pk, r=1.0)
    label(user.pk, signal.id, "good", market_ts=NOON + timedelta(hours=1))
    rollup(as_of=NOON)
    assert table()[0][5] == 0
    rollup(as_of=NOON + timedelta(hours=1))
    assert table()[0][5] == 1


def test_the_command_says_what_it_did() -> None:
    decided(trader().pk)
    out = StringIO()
    call_command("rollup", "--days", "31", "--as-of", NOON.isoformat(), stdout=out)
    assert out.getvalue() == "31 days up to 2025-03-03: 1 row written.\n"
    with pytest.raises(CommandError, match="--days: 0 is below 1"):
        call_command("rollup", "--days", "0")
    with pytest.raises(CommandError, match="--as-of: 'noon' is no ISO time with a zone"):
        call_command("rollup", "--as-of", "noon")


def test_staff_may_ask_for_it_over_http(client: Client) -> None:
    user = trader()
    mature(decided(user.pk), 1.45)
    client.force_login(user)
    assert client.post("/api/rules/rollup").status_code == 403
    client.force_login(trader(is_staff=True))
    path = "/api/rules/rollup"
    # Without a running source the market's time is the wall's, and the session lies long ago.
    assert client.post(path, {"days": 0}, content_type="application/json").status_code == 400
    assert client.post(path, {"days": 401}, content_type="application/json").status_code == 400
    Clock.objects.create(
        source="replay",
        anchor_wall_ms=0,
        anchor_market_ms=0,
        speed=1,
        market_ms=int(NOON.timestamp() * 1000),
    )
    assert client.post(path, {}, content_type="application/json").json()["rows"] == 1
    again = client.post(path, {"days": 2}, content_type="application/json").json()
    assert (again["days"], again["rows"]) == (2, 0)
    assert RuleMetricsDaily.objects.count() == 1
