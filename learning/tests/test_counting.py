"""What is counted for whom, from rows, and as of when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from coach.signals.tests.factories import SESSION, trader
from feedback.counting import count_labels
from feedback.services import undo
from feedback.tests.factories import label
from learning.aggregates import NOTHING, DayCounts
from learning.score import Counts, score
from learning.selectors import EVERYBODY, recount
from learning.services import get_rule_metrics, get_rule_score
from learning.tests.factories import NOON, decided, mature, matured

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"


def counted(owner: str, **changes: Any) -> DayCounts:
    arguments: dict[str, Any] = {
        "rule_ids": [RULE],
        "user_ids": None,
        "first_day": SESSION,
        "last_day": SESSION,
    }
    return recount(**arguments | changes).get((owner, RULE), {}).get(SESSION, NOTHING)


def test_decisions_labels_and_outcomes_of_one_user_on_one_day() -> None:
    user = trader()
    alert = matured(user.pk, r=1.45)
    held = matured(user.pk, r=-1.05, minute=5, delivered=False)
    rest = decided(user.pk, minute=9)
    label(user.pk, alert.id, "good")
    label(user.pk, held.id, "missed")
    label(user.pk, rest.id, "late")
    assert counted(user.pk) == DayCounts(
        fired=3,
        actionable=2,
        good=1,
        late=1,
        missed=1,
        evidence_good=2,
        matured=2,
        wins=1,
        r_micro=400_000,
        events=2,
        event_r_micro=400_000,
    )


def test_an_outcome_is_clipped_and_one_without_r_does_not_count() -> None:
    user = trader()
    for minute, r in enumerate((9.0, -7.5, None)):
        matured(user.pk, r=r, minute=minute)
    counts = counted(user.pk)
    assert (counts.fired, counts.matured, counts.r_micro) == (3, 2, 2_000_000)


def test_everybody_has_each_label_and_each_market_event_once() -> None:
    one, two = trader(), trader()
    shared = matured(one.pk, two.pk, r=1.0)
    matured(two.pk, r=-0.5, minute=3)
    matured(r=4.0, minute=4)  # nobody watched it
    label(one.pk, shared.id, "good")
    label(two.pk, shared.id, "bad")
    everybody = counted(EVERYBODY)
    assert (everybody.events, everybody.event_r_micro) == (2, 500_000)
    assert (everybody.evidence_good, everybody.evidence_bad) == (1, 1)


def test_two_versions_of_a_rule_on_one_bar_are_one_market_event() -> None:
    user = trader()
    matured(user.pk, r=1.0)
    matured(user.pk, r=-1.0, rule_version="2")
    assert counted(user.pk).matured == 2
    assert (counted(user.pk).events, counted(user.pk).event_r_micro) == (1, 1_000_000)
    assert (counted(EVERYBODY).events, counted(EVERYBODY).event_r_micro) == (1, 1_000_000)


def test_the_others_evidence_leaves_out_the_users_own_events() -> None:
    user, other = trader(), trader()
    shared = matured(user.pk, other.pk, r=1.0)
    matured(other.pk, r=-1.0, minute=5)
    matured(other.pk, r=-1.0, minute=6)
    label(user.pk, shared.id, "good")
    label(other.pk, shared.id, "bad")
    own = Counts(good=1, matured=1, r_sum=1.0)
    others = Counts(bad=1, matured=2, r_sum=-2.0)
    assert get_rule_score(RULE, user_id=user.pk, as_of=NOON) == score(own, own, others, others)
    together = Counts(good=1, bad=1, matured=3, r_sum=-1.0)
    assert get_rule_score(RULE, as_of=NOON) == score(together, together)


def test_evidence_older_than_the_window_is_gone() -> None:
    user = trader()
    signal = matured(user.pk, r=-1.0)
    label(user.pk, signal.id, "bad")
    scores = [
        get_rule_score(RULE, user_id=user.pk, as_of=NOON + timedelta(days=days))
        for days in (0, 6, 7, 29, 30)
    ]
    assert scores[0] == scores[1] < scores[2] == scores[3] < scores[4] == 0.0


def test_a_past_score_does_not_change_when_later_rows_arrive() -> None:
    user = trader()
    early, open_one = matured(user.pk, r=1.45), decided(user.pk, minute=5)
    first = label(user.pk, early.id, "good").feedback
    before = get_rule_score(RULE, user_id=user.pk, as_of=NOON)
    metrics = get_rule_metrics(RULE, user_id=user.pk, as_of=NOON)
    assert before > 0

    later = NOON + timedelta(minutes=1)
    assert first is not None
    undo(user_id=user.pk, feedback_id=first.id, market_ts=later)
    label(user.pk, open_one.id, "bad", market_ts=later)
    mature(open_one, -1.05, at=later)
    matured(user.pk, r=-1.05, minute=300)

    assert get_rule_score(RULE, user_id=user.pk, as_of=NOON) == before
    assert get_rule_metrics(RULE, user_id=user.pk, as_of=NOON) == metrics
    assert get_rule_score(RULE, user_id=user.pk, as_of=NOON + timedelta(hours=9)) < 0


def test_metrics_in_the_shape_of_the_contract() -> None:
    user = trader()
    alert = matured(user.pk, r=1.0)
    matured(user.pk, r=-0.5, minute=5, delivered=False)
    label(user.pk, alert.id, "good")
    metrics = get_rule_metrics(RULE, user_id=user.pk, as_of=NOON)
    assert metrics.keys() == {"ruleId", "score", "windows", "asOf"}
    assert metrics["asOf"] == "2025-03-03T17:00:00+00:00"
    week = metrics["windows"]["7d"]
    assert week == metrics["windows"]["30d"]
    assert week["winrateLow"] == pytest.approx(0.2065, abs=1e-4)
    assert week | {"winrateLow": 0, "hitRateLow": 0, "hitRateHigh": 0} == {
        "fired": 2,
        "actionable": 1,
        "good": 1,
        "bad": 0,
        "late": 0,
        "missed": 0,
        "labelled": 1,
        "matured": 2,
        "expectancy": 0.25,
        "winrate": 1.0,
        "winrateLow": 0,
        "winrateHigh": 1.0,
        "hitRate": 0.5,
        "hitRateLow": 0,
        "hitRateHigh": 0,
        "evidence": {"good": 1, "bad": 0},
    }


def test_nothing_known_is_null_not_zero() -> None:
    week = get_rule_metrics(RULE, user_id=trader().pk, as_of=NOON)["windows"]["7d"]
    unknown = {"expectancy", "winrate", "winrateLow", "winrateHigh", "hitRate"}
    assert {week[name] for name in unknown} == {None}
    assert week["fired"] == 0


def _visited(plan: dict[str, Any]) -> int:
    """The rows that a plan's steps took up, those they threw away included."""
    thrown = sum(value for name, value in plan.items() if name.startswith("Rows Removed"))
    own = int(plan["Actual Loops"] * (plan["Actual Rows"] + thrown))
    return own + sum(_visited(part) for part in plan.get("Plans", []))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such planner")
def test_labels_are_counted_in_one_pass_before_the_database_knows_its_tables() -> None:
    user, rows = trader(), 400
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO feedback (id, user_id, symbol, seq, rule_id, label, notes, timeframe,
                session_date, market_ts, outcome_known, target, revision)
            SELECT gen_random_uuid(), %s, 'SPY', n, %s, 'missed', '', '1m', %s, %s, false,
                'SPY|1m|' || n, 1
            FROM generate_series(1, %s) n
            """,
            [user.pk, RULE, SESSION, NOON, rows],
        )
    plans: list[dict[str, Any]] = []

    def explain(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        with context["connection"].connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
            plans.append(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(explain):
        (tally,) = count_labels(rule_ids=[RULE], user_ids=None, first_day=SESSION, last_day=SESSION)
    assert tally.labels == rows
    assert _visited(plans[0]) < 10 * rows
