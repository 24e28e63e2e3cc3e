"""A process that dies between an outcome's commit and what is learnt from it leaves word of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from coach.config.env import BASE_DIR
from coach.live.recovery import announce_leftovers
from coach.signals.events import outcome_saved
from coach.signals.models import Outbox, UntoldOutcome
from coach.signals.records import SignalRow
from coach.signals.selectors import find_signal_ids, get_signals
from coach.signals.services import record_moment
from coach.signals.tasks import PATIENCE
from coach.signals.telling import tell_untold_outcomes
from coach.signals.tests.factories import SESSION, fired_signal, trader
from learning import store
from learning.loop import AGGREGATES, Aggregates
from learning.models import KillStep, ScoreEntry
from learning.nights import run_due_night
from learning.selectors import EVERYBODY, first_day_of, recount
from learning.tests.factories import mature, matured_history
from risk.services import decide_moment
from tests.webserver import database_environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
RULE = "ltp_breakout"
MIDNIGHT = datetime(2025, 3, 4, tzinfo=UTC)
NOON = datetime(2025, 3, 4, 18, tzinfo=UTC)
TODAY = SESSION + timedelta(days=1)


def two_decided_signals(user_id: str) -> list[SignalRow]:
    """Decided by the second governor's side as well: there is a calibration."""
    matured_history(user_id, results=(1.45, 1.45, -1.05) * 40)
    run_due_night(market=MIDNIGHT, wall=timezone.now())
    fired = [fired_signal(1440 + minute, session_date=TODAY) for minute in (0, 20)]
    for each in fired:
        made = decide_moment(signals=[each], watchers={"SPY": [user_id]}, as_of=each.fired_at)
        with transaction.atomic():
            record_moment(fired=[each], decisions=made)
    ids = find_signal_ids({each.key for each in fired})
    rows = get_signals(ids.values())
    return [rows[ids[each.key]] for each in fired]


def die_saving(outcomes: dict[str, float], directory: Path) -> None:
    """Another process commits these outcomes and is killed before it can tell anybody."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.dying"]
        + [text for signal_id, r in outcomes.items() for text in (signal_id, str(r))],
        cwd=BASE_DIR,
        env={
            **os.environ,
            **database_environment(directory),
            "DATA_DIR": str(directory),
            "REDIS_URL": settings.REDIS_URL,
            "SECRET_KEY": settings.SECRET_KEY,
        },
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


def learnt() -> tuple[list[str], int]:
    """Signals whose outcome is in the score's history, and steps of the kill switch."""
    causes = ScoreEntry.objects.filter(cause="outcome", market_ts__gt=MIDNIGHT)
    return list(causes.order_by("pk").values_list("cause_id", flat=True)), KillStep.objects.count()


def assert_aggregates_agree(user_id: str) -> None:
    pairs = [(user_id, RULE), (EVERYBODY, RULE)]
    first_day = first_day_of(NOON)
    rows = recount(rule_ids=None, user_ids=None, first_day=first_day, last_day=TODAY)
    wanted = {pair: rows[pair] for pair in pairs}
    assert AGGREGATES.series(pairs, first_day=first_day, activity=True) == wanted
    assert Aggregates().series(pairs, first_day=first_day, activity=True) == wanted
    assert {pair: entry.series for pair, entry in store.load(pairs).items()} == wanted


def test_killed_between_the_commit_and_the_lesson(tmp_path: Path) -> None:
    user = trader().pk
    first, second = two_decided_signals(user)
    assert_aggregates_agree(user)
    die_saving({first.id: -1.05, second.id: 1.45}, tmp_path)
    assert learnt() == ([], 0)
    assert UntoldOutcome.objects.count() == 2

    # Nobody believes the counts from before, although nobody was told.
    pair = (user, RULE)
    seen = AGGREGATES.series([pair], first_day=first_day_of(NOON))[pair][TODAY]
    assert (seen.matured, seen.wins) == (2, 1)

    assert tell_untold_outcomes(before=timezone.now()) == 2
    assert learnt() == ([first.id, second.id], 2)
    assert UntoldOutcome.objects.count() == 0
    assert_aggregates_agree(user)
    announced = Outbox.objects.filter(kind="metrics", user=user).count()

    # Once more, as another process would that read the list before: nothing is learnt twice.
    outcome_saved.send(sender=None, signal_ids=[first.id, second.id])
    assert learnt() == ([first.id, second.id], 2)
    assert Outbox.objects.filter(kind="metrics", user=user).count() == announced


def test_the_next_live_process_catches_up_in_the_order_of_maturity(tmp_path: Path) -> None:
    user = trader().pk
    first, second = two_decided_signals(user)
    die_saving({second.id: 1.45}, tmp_path)
    die_saving({first.id: -1.05}, tmp_path)
    announce_leftovers()
    assert learnt() == ([first.id, second.id], 2)
    steps = KillStep.objects.order_by("pk").values_list("r", "against")
    assert [r for r, _ in steps] == [-1.05, 1.45]
    assert steps[0][1] == pytest.approx(1.2625)


def test_what_a_room_fails_at_is_told_again(tmp_path: Path) -> None:
    user = trader().pk
    first, _ = two_decided_signals(user)

    def fail(**_: object) -> None:
        raise RuntimeError("out of order")

    outcome_saved.connect(fail)
    try:
        mature(first, -1.05)
    finally:
        outcome_saved.disconnect(fail)
    assert list(UntoldOutcome.objects.values_list("signal_id", flat=True)) == [first.id]
    assert tell_untold_outcomes(before=timezone.now() - PATIENCE) == 0
    assert tell_untold_outcomes(before=timezone.now()) == 1
    assert learnt() == ([first.id], 1)
    assert UntoldOutcome.objects.count() == 0
