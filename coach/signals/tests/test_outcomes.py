"""Outcomes go forward only, and whoever has a decision hears of what shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from coach.signals import events
from coach.signals.models import Outbox
from coach.signals.records import OutcomeFacts, OutcomeUpdate
from coach.signals.selectors import get_signals
from coach.signals.services import record_moment, save_outcomes
from coach.signals.tests.factories import fired_signal, new_decision, trader
from coach.signals.tests.test_record_moment import Heard

pytestmark = pytest.mark.django_db(transaction=True)
SEEN = datetime(2025, 3, 3, 14, 40, tzinfo=UTC)


@pytest.fixture
def signal_id() -> str:
    fired = fired_signal()
    with transaction.atomic():
        recorded = record_moment(fired=[fired], decisions=[new_decision(trader().pk, fired.key)])
    return recorded.new_signal_ids[0]


def save(*updates: OutcomeUpdate) -> list[str]:
    with transaction.atomic():
        return save_outcomes(updates=updates)


def outcome(signal_id: str) -> OutcomeFacts:
    return get_signals([signal_id])[signal_id].outcome


def closed(signal_id: str, **changes: object) -> OutcomeUpdate:
    columns: dict[str, object] = {
        "signal_id": signal_id,
        "state": "closed",
        "entry": 512.5,
        "r": 1.45,
        "exit": "target",
        "hold_bars": 3,
        "mfe": 1.5,
        "mae": 0.5,
        "verdict": "good",
        "known_at": SEEN,
    }
    return OutcomeUpdate(**columns | changes)  # type: ignore[arg-type]


def announced() -> int:
    return Outbox.objects.filter(kind="outcome").count()


def test_a_step_is_stored_and_announced_once_and_nobody_learns_from_it_yet(
    signal_id: str,
) -> None:
    with Heard(events.outcome_saved) as heard:
        assert save(OutcomeUpdate(signal_id=signal_id, state="open", entry=512.5)) == [signal_id]
        assert save(closed(signal_id)) == [signal_id]
        assert save(closed(signal_id)) == []
        assert heard.calls == []
    assert outcome(signal_id).r == 1.45
    assert announced() == 2


def test_a_passed_horizon_is_told_but_shows_on_no_alert(signal_id: str) -> None:
    save(closed(signal_id))
    with Heard(events.outcome_saved) as heard:
        matured = closed(signal_id, matured_at=SEEN + timedelta(minutes=20))
        assert save(matured) == [signal_id]
        assert save(matured) == []
        assert heard.calls == [{"signal_ids": [signal_id]}]
    assert announced() == 1


def test_what_is_seen_again_later_changes_nothing(signal_id: str) -> None:
    save(closed(signal_id, matured_at=SEEN))
    before = outcome(signal_id)
    assert save(OutcomeUpdate(signal_id=signal_id, state="open", entry=1.0)) == []
    assert save(closed(signal_id, r=-1.05)) == []
    assert outcome(signal_id) == before


def test_an_exit_keeps_the_time_at_which_it_was_first_seen(signal_id: str) -> None:
    save(closed(signal_id))
    save(closed(signal_id, known_at=SEEN + timedelta(minutes=1), matured_at=SEEN))
    assert outcome(signal_id).known_at == SEEN
    assert outcome(signal_id).matured_at == SEEN
