"""The second governor: shadow, fallback, price, kill and revival, readable as of a past moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coach.flags.models import Flag
from coach.signals.events import outcome_saved
from coach.signals.models import Decision
from coach.signals.records import NewDecision
from coach.signals.selectors import signal_row
from coach.signals.tests.factories import SESSION, fired_signal, trader
from learning.models import KillStep
from learning.nights import run_due_night
from learning.tests.factories import mature, matured_history
from learning.valuation import calibration_at, kill_state, killed_rules
from risk.models import AlertPrice
from risk.preview import preview
from risk.services import set_policy
from risk.tests.factories import decide_and_record, decide_for

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"
MIDNIGHT = datetime(2025, 3, 4, tzinfo=UTC)
TODAY = SESSION + timedelta(days=1)
WALL = datetime(2026, 1, 1, tzinfo=UTC)
WINS = (1.45, 1.45, -1.05)


def switch_on() -> None:
    flag = Flag.objects.get(name="enableRiskGovernorV2")
    flag.everyone = True
    flag.save()


def learn(*user_ids: str, results: tuple[float, ...] = WINS, times: int = 40) -> None:
    """A session of matured signals, and the night after it."""
    matured_history(*user_ids, results=results * times)
    assert run_due_night(market=MIDNIGHT, wall=WALL) == SESSION


def today(minute: int, **changes: Any) -> Any:
    return fired_signal(1440 + minute, session_date=TODAY, **changes)


def only(decisions: list[NewDecision]) -> NewDecision:
    assert len(decisions) == 1
    return decisions[0]


def test_below_a_hundred_matured_signals_v1_decides_and_says_so() -> None:
    user = trader()
    learn(user.pk, times=33)
    switch_on()
    decision = only(decide_for([user.pk], today(1)))
    assert (decision.governor, decision.shadow) == ("v1", None)
    assert decision.reason.endswith("V1 decides: V2 needs 100 matured signals, has 99")
    shown = preview(RULE, user_id=user.pk)
    assert shown["governor"] == "v1"
    assert shown["reasons"][-1] == "V1 decides: V2 needs 100 matured signals, has 99"


def test_in_shadow_v2_is_recorded_beside_v1() -> None:
    user = trader()
    learn(user.pk)
    decision = only(decide_for([user.pk], today(1)))
    assert decision.governor == "v1"
    assert decision.shadow is not None
    assert decision.shadow["governor"] == "v2"
    assert decision.shadow["delivered"] is True
    assert decision.shadow["reason"].startswith("EV ")
    assert decision.shadow["numbers"]["ev"] > 0


def test_switched_on_v2_decides_by_expected_value_and_v1_is_the_shadow() -> None:
    user = trader()
    learn(user.pk, results=(-1.05, -1.05, 1.45))
    switch_on()
    decision = only(decide_for([user.pk], today(1, confidence=0.9)))
    assert (decision.governor, decision.delivered) == ("v2", False)
    assert decision.reason_code == "expected_value"
    assert decision.shadow is not None
    assert (decision.shadow["governor"], decision.shadow["delivered"]) == ("v1", True)
    shown = preview(RULE, user_id=user.pk)
    assert shown["governor"] == "v2"
    assert shown["expectedValue"] < 0 == shown["price"]


def test_a_budget_has_a_price_that_holds_back_the_worst() -> None:
    user = trader()
    learn(user.pk)
    switch_on()
    calibration = calibration_at(MIDNIGHT)
    assert calibration is not None
    later = MIDNIGHT + timedelta(hours=1)
    assert only(decide_for([user.pk], today(1, confidence=0.5))).delivered
    set_policy(user_id=user.pk, values={"daily_alert_budget": 3}, market_ts=later)
    poor = only(decide_for([user.pk], today(1, confidence=0.5)))
    good = only(decide_for([user.pk], today(1, confidence=0.9)))
    assert poor.numbers["price"] > 0
    assert (poor.reason_code, good.reason_code) == ("expected_value", "delivered")
    set_policy(user_id=user.pk, values={"daily_alert_budget": None}, market_ts=later)
    assert only(decide_for([user.pk], today(1, confidence=0.5))).delivered


def lose(user_id: str, start: int, count: int, r: float) -> None:
    """Signals one an hour of a market that never closes, decided, recorded and matured."""
    for hour in range(start, start + count):
        signal = fired_signal(1440 + hour * 60, symbol="X:BTCUSD")
        decide_and_record([user_id], signal)
        row = Decision.objects.select_related("signal").get(
            signal__seq=signal.seq, signal__symbol="X:BTCUSD"
        )
        mature(_record(row), r)


def _record(row: Decision) -> Any:
    return signal_row(row.signal)


def test_a_rule_with_two_hundred_to_one_against_it_is_killed_and_comes_back() -> None:
    user = trader()
    learn(user.pk)
    lose(user.pk, 0, 23, -1.05)
    # 1.2625^23 = 212.97 is the first power above 200.
    dead = KillStep.objects.order_by("pk").last()
    assert dead is not None
    assert (dead.status, KillStep.objects.count()) == ("killed", 23)
    assert dead.against == pytest.approx(1.2625**23)
    moment = dead.market_ts
    assert killed_rules(moment) == {RULE: kill_state(RULE, as_of=moment).sentence}
    assert killed_rules(moment - timedelta(seconds=1)) == {}

    decision = only(decide_for([user.pk], today(0), as_of=moment))
    assert (decision.delivered, decision.reason_code) == (False, "killed")
    assert decision.reason.startswith("killed: evidence 212 : 1 against this rule since its best")
    assert preview(RULE, user_id=user.pk, as_of=moment)["locks"][0]["code"] == "killed"

    lose(user.pk, 30, 13, 1.45)  # 1.3625^13 = 55.8 is the first power above 50
    state = kill_state(RULE, as_of=moment + timedelta(days=30))
    assert (state.status, state.against) == ("probation", 1.0)
    assert killed_rules(moment + timedelta(days=30)) == {}
    assert killed_rules(moment) != {}


def test_an_outcome_told_twice_counts_once() -> None:
    user = trader()
    learn(user.pk)
    lose(user.pk, 0, 1, -1.05)
    row = Decision.objects.select_related("signal").order_by("n").last()
    assert row is not None
    outcome_saved.send(sender=None, signal_ids=[row.signal_id])
    assert KillStep.objects.count() == 1


def test_a_calibration_is_in_force_from_its_night_on_and_older_ones_stay() -> None:
    user = trader()
    learn(user.pk)
    first = calibration_at(MIDNIGHT)
    assert calibration_at(MIDNIGHT - timedelta(seconds=1)) is None
    matured_history(user.pk, results=(-1.05,) * 60, day=1)
    run_due_night(market=MIDNIGHT + timedelta(days=1), wall=WALL)
    second = calibration_at(MIDNIGHT + timedelta(days=1))
    assert first is not None
    assert second is not None
    assert (first.matured, second.matured) == (120, 180)
    assert calibration_at(MIDNIGHT + timedelta(hours=23)) == first


def test_the_sessions_budget_counts_alerts_of_hours_ago() -> None:
    user = trader()
    learn(user.pk)
    switch_on()
    moment = MIDNIGHT + timedelta(minutes=1)
    set_policy(user_id=user.pk, values={"daily_alert_budget": 1}, market_ts=moment)
    AlertPrice.objects.all().delete()  # only the budget itself may hold back
    assert decide_and_record([user.pk], today(0))[0].delivered
    held = only(decide_for([user.pk], today(300)))
    assert (held.delivered, held.reason_code) == (False, "budget")
    assert held.reason.startswith("budget used up: 1 alerts this session ≥ 1")
    tomorrow = fired_signal(2880, session_date=TODAY + timedelta(days=1))
    assert only(decide_for([user.pk], tomorrow)).delivered
