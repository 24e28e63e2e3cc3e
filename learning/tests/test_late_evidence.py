"""Evidence about a rule that is told late, or out of order, leaves every past moment as it was."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.market.clock import ClockState
from coach.market.clockstore import save_clock
from learning.killswitch import KillState, run
from learning.models import KillStep
from learning.valuation import KillEvent, add_kill_events, kill_history, kill_state, killed_rules

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2025, 3, 3, 15, tzinfo=UTC)
LOSS, WIN = -1.05, 1.45
MINUTES = 60
rules = itertools.count()


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def market_is_at(minute: int) -> None:
    state = ClockState("replay", 0, 0, speed=1, market_ms=int(at(minute).timestamp() * 1000))
    save_clock(state, configured_speed=1)


def event(rule_id: str, minute: int, r: float) -> KillEvent:
    """Fired a minute before it matured."""
    return KillEvent(
        rule_id=rule_id,
        symbol="SPY",
        timeframe="1m",
        seq=minute,
        fired_at=at(minute - 1),
        matured_at=at(minute),
        r=r,
    )


def tell(rule_id: str, minute: int, r: float, *, now: int | None = None) -> None:
    market_is_at(minute if now is None else now)
    add_kill_events([event(rule_id, minute, r)])


def seen(rule_id: str, until: int) -> list[tuple[KillState, str | None]]:
    """What is read of the rule as of each past minute."""
    return [
        (kill_state(rule_id, as_of=at(minute)), killed_rules(at(minute)).get(rule_id))
        for minute in range(until)
    ]


def test_what_is_told_late_counts_from_when_it_was_told() -> None:
    tell("rule", 10, LOSS)
    tell("rule", 30, WIN)
    before = seen("rule", 40)
    tell("rule", 20, LOSS, now=40)
    assert seen("rule", 40) == before
    after = kill_state("rule", as_of=at(40))
    # In the order of telling: 1.2625, then max(1.2625 · 0.6375, 1) · 1.2625.
    assert [state.against for state, _ in (before[20], before[35])] == pytest.approx(
        [1.2625, 1.2625 * 0.6375]
    )
    assert after.against == pytest.approx(1.2625)


def test_a_backtest_reads_the_late_step_where_the_gates_did() -> None:
    tell("rule", 10, LOSS)
    tell("rule", 30, LOSS)
    tell("rule", 20, LOSS, now=45)
    assert [moment for _, moment, _ in kill_history("rule", until=at(60))] == [
        at(10),
        at(30),
        at(45),
    ]


def test_a_rule_killed_by_late_evidence_is_killed_from_then_on() -> None:
    for minute in range(22):
        tell("rule", minute + 2, LOSS)
    before = seen("rule", 40)
    tell("rule", 1, LOSS, now=40)
    assert seen("rule", 40) == before
    state = kill_state("rule", as_of=at(40))
    assert state.killed
    assert state.killed_ms == int(at(40).timestamp() * 1000)
    # It fired while the gate stood open, so it is not evidence gathered while killed.
    tell("rule", 40, WIN)
    assert kill_state("rule", as_of=at(41)).back == 1.0


def test_a_replay_that_goes_back_dates_new_evidence_by_its_own_clock() -> None:
    tell("rule", 50, LOSS)
    tell("rule", 10, LOSS, now=10)
    last = KillStep.objects.order_by("pk").last()
    assert last is not None
    assert last.market_ts == at(10)
    assert kill_state("rule", as_of=at(10)).against == pytest.approx(1.2625**2)


def test_told_together_evidence_is_folded_in_the_order_of_maturity() -> None:
    market_is_at(50)
    told = [event("rule", minute, r) for minute, r in ((30, WIN), (10, LOSS), (20, LOSS))]
    add_kill_events(told)
    assert kill_state("rule", as_of=at(50)) == run(one.entry for one in told)


outcomes = st.lists(
    st.tuples(st.integers(1, MINUTES), st.sampled_from([LOSS, WIN, -0.3, 4.0])),
    min_size=2,
    max_size=12,
    unique_by=lambda one: one[0],
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(outcomes, st.lists(st.integers(0, 15), min_size=12, max_size=12))
def test_no_telling_changes_a_past_moment(
    matured: Sequence[tuple[int, float]], delays: Sequence[int]
) -> None:
    """Each outcome is told some minutes after it matured, on a clock that only goes forward."""
    rule_id = f"late_{next(rules)}"
    told = sorted(
        (minute + delay, minute, r) for (minute, r), delay in zip(matured, delays, strict=False)
    )
    latest = 0
    for now, minute, r in told:
        in_order = minute >= latest
        # What comes in order counts from its maturity, as the outcome itself does.
        before = seen(rule_id, minute if in_order else now)
        tell(rule_id, minute, r, now=now)
        assert seen(rule_id, len(before)) == before
        latest = max(latest, minute if in_order else now)
    assert KillStep.objects.filter(rule_id=rule_id).count() == len(told)
