"""The work after a session date is done once, also after a crash or a downtime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from coach.signals.tests.factories import SESSION, trader
from feedback.selectors import open_slots
from feedback.tests.factories import label
from learning.events import night_over
from learning.models import CalibrationVersion, Night, RuleMetricsDaily, ScoreEntry
from learning.nights import CLAIM, run_due_night
from learning.services import get_rule_score
from learning.tests.factories import NOON, decided, matured, matured_history

pytestmark = pytest.mark.django_db(transaction=True)
MIDNIGHT = datetime(2025, 3, 4, tzinfo=UTC)
WALL = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_night_writes_the_daily_table_and_a_calibration() -> None:
    user = trader()
    matured_history(user.pk, results=[1.45, -1.05, 1.45])
    assert run_due_night(market=MIDNIGHT, wall=WALL) == SESSION
    row = RuleMetricsDaily.objects.get()
    assert (row.day, row.fired, row.matured) == (SESSION, 3, 3)
    version = CalibrationVersion.objects.get()
    assert (version.day, version.matured, version.market_ts) == (SESSION, 3, MIDNIGHT)
    assert Night.objects.get().rows == 1


def test_a_night_is_done_once() -> None:
    decided(trader().pk)
    assert run_due_night(market=MIDNIGHT, wall=WALL) == SESSION
    assert run_due_night(market=MIDNIGHT + timedelta(hours=9), wall=WALL + CLAIM) is None
    assert run_due_night(market=MIDNIGHT + timedelta(days=1), wall=WALL) is not None


def test_of_two_beats_one_does_it() -> None:
    decided(trader().pk)
    start = Barrier(4)
    done: list[object] = []

    def beat() -> None:
        start.wait()
        try:
            done.append(run_due_night(market=MIDNIGHT, wall=WALL))
        finally:
            connection.close()

    threads = [Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, done)) == [str(SESSION), "None", "None", "None"]


def test_a_night_whose_worker_died_is_taken_over_when_its_claim_is_over() -> None:
    decided(trader().pk)

    def die(**_: object) -> None:
        raise RuntimeError("killed")

    night_over.connect(die)
    try:
        with pytest.raises(RuntimeError, match="killed"):
            run_due_night(market=MIDNIGHT, wall=WALL)
    finally:
        night_over.disconnect(die)
    assert run_due_night(market=MIDNIGHT, wall=WALL + CLAIM / 2) is None
    assert run_due_night(market=MIDNIGHT, wall=WALL + CLAIM) == SESSION
    assert CalibrationVersion.objects.count() == 1


def test_after_a_downtime_the_next_night_covers_what_was_missed() -> None:
    user = trader()
    decided(user.pk)
    assert run_due_night(market=MIDNIGHT, wall=WALL) == SESSION
    decided(user.pk, day=2)
    assert run_due_night(market=MIDNIGHT + timedelta(days=50), wall=WALL) is not None
    days = RuleMetricsDaily.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [SESSION, SESSION + timedelta(days=2)]


def test_evidence_that_leaves_a_window_is_a_step_of_the_history() -> None:
    user = trader()
    label(user.pk, decided(user.pk).id, "bad")
    run_due_night(market=MIDNIGHT, wall=WALL)
    assert [entry.cause for entry in ScoreEntry.objects.all()] == ["label"]
    later = MIDNIGHT + timedelta(days=7)
    run_due_night(market=later, wall=WALL)
    run_due_night(market=later, wall=WALL + 2 * CLAIM)
    entry = ScoreEntry.objects.get(cause="day")
    assert entry.cause_id == "2025-03-11"
    assert entry.detail == {"first": False}
    assert entry.before < entry.after < 0
    assert entry.after == get_rule_score("ltp_breakout", user_id=user.pk, as_of=later)
    assert entry.gates_after["minConfidence"] < entry.gates_before["minConfidence"]


def test_a_history_that_begins_with_everybodys_evidence_says_so() -> None:
    other, newcomer = trader(), trader()
    label(other.pk, decided(other.pk).id, "bad")
    decided(newcomer.pk)
    run_due_night(market=MIDNIGHT, wall=WALL)
    entry = ScoreEntry.objects.get(user=newcomer)
    assert (entry.cause, entry.detail) == ("day", {"first": True})
    assert entry.before == 0 > entry.after


def test_slots_are_closed_when_their_time_is_over() -> None:
    user = trader()
    matured(user.pk, r=1.0)
    assert len(open_slots(user.pk, as_of=NOON)) == 1
    run_due_night(market=MIDNIGHT + timedelta(days=8), wall=WALL)
    assert open_slots(user.pk, as_of=NOON) == []
