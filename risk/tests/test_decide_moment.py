"""A moment is decided from each user's own policy, locks, history and score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coach.signals.records import NewDecision
from coach.signals.services import set_rule_setting
from coach.signals.tests.factories import SESSION, fired_signal, trader
from feedback.tests.factories import label
from learning.services import get_rule_score
from learning.tests.factories import decided, matured
from risk.services import decide_moment, lock, set_policy, unlock
from risk.tests.factories import decide_and_record, decide_for

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = datetime(2025, 3, 3, 14, 30, tzinfo=UTC)


def only(decisions: list[NewDecision]) -> NewDecision:
    assert len(decisions) == 1
    return decisions[0]


def gate(decisions: list[NewDecision]) -> tuple[str, str]:
    decision = only(decisions)
    assert decision.delivered == (decision.reason_code == "delivered")
    return decision.reason_code, decision.reason


def test_a_confident_signal_is_delivered_with_its_numbers() -> None:
    user = trader()
    signal = fired_signal()
    decision = only(decide_for([user.pk], signal))
    assert decision.delivered
    assert decision.user_id == user.pk
    assert decision.signal == signal.key
    assert decision.decided_at == signal.fired_at
    assert decision.reason == "confidence 0.84 ≥ 0.60 (base 0.60, score 0.00)"
    assert decision.numbers["minConfidence"] == 0.6
    assert (decision.governor, decision.mode, decision.shadow) == ("v1", "on", None)


def test_the_next_decision_quotes_the_score_that_a_label_moved() -> None:
    user = trader()
    for minute in range(3):
        alert = decided(user.pk, minute=minute, symbol="AAPL")
        label(user.pk, alert.id, "bad", market_ts=OPEN + timedelta(minutes=9))
    score = get_rule_score("ltp_breakout", user_id=user.pk, as_of=OPEN + timedelta(minutes=10))
    assert score == pytest.approx(-0.2573, abs=1e-4)
    signal = fired_signal(20, confidence=0.61)
    code, reason = gate(decide_for([user.pk], signal))
    assert (code, reason) == ("confidence", "confidence 0.61 < 0.63 (base 0.60, score -0.26)")


def test_alerts_of_the_same_moment_count_in_the_order_of_symbol_timeframe_and_rule() -> None:
    user = trader()
    set_policy(user_id=user.pk, values={"alerts_per_hour": 1}, market_ts=OPEN)
    late, early = fired_signal(5, symbol="SPY"), fired_signal(5, symbol="AAPL")
    decisions = decide_for([user.pk], late, early)
    assert [(one.signal.symbol, one.reason_code) for one in decisions] == [
        ("AAPL", "delivered"),
        ("SPY", "alerts_per_hour"),
    ]


def test_cooldown_runs_from_the_last_delivered_alert_of_this_user() -> None:
    one, two = trader(), trader()
    decide_and_record([one.pk], fired_signal(0))
    decisions = decide_for([one.pk, two.pk], fired_signal(10))
    assert {d.user_id: d.reason_code for d in decisions} == {
        one.pk: "cooldown",
        two.pk: "delivered",
    }
    held = next(decision for decision in decisions if decision.user_id == one.pk)
    assert held.reason == "cooldown until 09:46 (15 min)"
    assert held.until == OPEN + timedelta(minutes=16)
    assert gate(decide_for([one.pk], fired_signal(15)))[0] == "delivered"


def test_a_manual_lock_holds_until_it_is_taken_off() -> None:
    user = trader()
    lock(user_id=user.pk, market_ts=OPEN, until=OPEN + timedelta(minutes=30))
    assert gate(decide_for([user.pk], fired_signal(1))) == (
        "manual_lock",
        "locked by you until 10:00",
    )
    assert gate(decide_for([user.pk], fired_signal(29)))[0] == "delivered"
    assert unlock(user_id=user.pk, market_ts=OPEN + timedelta(minutes=5))
    assert not unlock(user_id=user.pk, market_ts=OPEN + timedelta(minutes=5))
    assert gate(decide_for([user.pk], fired_signal(6)))[0] == "delivered"


def test_an_open_lock_outlasts_a_timed_one() -> None:
    user = trader()
    lock(user_id=user.pk, market_ts=OPEN)
    lock(user_id=user.pk, market_ts=OPEN, until=OPEN + timedelta(minutes=5))
    assert gate(decide_for([user.pk], fired_signal(60)))[1] == "locked by you until you unlock"


def test_a_rule_switched_off_or_muted_is_held_back_and_a_silent_one_is_not() -> None:
    user = trader()
    reasons = []
    for mode, muted in (("off", None), ("on", OPEN + timedelta(hours=1)), ("silent", None)):
        set_rule_setting(user_id=user.pk, rule_id="ltp_breakout", mode=mode, muted_until=muted)
        reasons.append((*gate(decide_for([user.pk], fired_signal(1))), mode))
    assert [reason[:2] for reason in reasons[:2]] == [
        ("rule_off", "rule switched off by you"),
        ("rule_muted", "rule muted by you until 10:30"),
    ]
    silent = only(decide_for([user.pk], fired_signal(1)))
    assert (silent.delivered, silent.mode) == (True, "silent")
    assert gate(decide_for([user.pk], fired_signal(59)))[0] == "delivered"


def test_old_data_and_closed_hours_hold_back() -> None:
    user = trader()
    stale = decide_for([user.pk], fired_signal(1), data_age={"SPY": 3.5})
    assert gate(stale) == ("stale_data", "data 3.5 bars old > 3")
    evening = fired_signal(-30, session_date=SESSION)
    assert gate(decide_for([user.pk], evening)) == ("session", "outside the session until 09:30")
    crypto = fired_signal(-30, symbol="X:BTCUSD")
    assert gate(decide_for([user.pk], crypto))[0] == "delivered"
    last = fired_signal(389)
    assert gate(decide_for([user.pk], last))[0] == "delivered"


def test_losses_of_delivered_alerts_lock_the_session_where_the_policy_says_so() -> None:
    user = trader()
    set_policy(
        user_id=user.pk, values={"loss_source": "alerts", "daily_loss_r": 2.0}, market_ts=OPEN
    )
    matured(user.pk, r=-1.05, symbol="AAPL")
    matured(user.pk, r=-5.0, minute=1, symbol="AAPL", delivered=False)
    assert gate(decide_for([user.pk], fired_signal(60)))[0] == "delivered"
    matured(user.pk, r=-1.05, minute=2, symbol="AAPL")
    code, reason = gate(decide_for([user.pk], fired_signal(60)))
    assert (code, reason) == (
        "daily_loss",
        "daily loss -2.10 ≤ -2.00 R (alerts), locked until 16:00",
    )
    before_it_matured = OPEN + timedelta(minutes=20)
    assert gate(decide_for([user.pk], fired_signal(5), as_of=before_it_matured))[0] == "delivered"
    tomorrow = fired_signal(1440, session_date=SESSION + timedelta(days=1))
    assert gate(decide_for([user.pk], tomorrow))[0] == "delivered"


def test_only_watchers_get_a_decision() -> None:
    user = trader()
    signals = [fired_signal(1), fired_signal(1, symbol="AAPL")]
    decisions = decide_moment(
        signals=signals, watchers={"AAPL": [user.pk], "SPY": []}, as_of=signals[0].fired_at
    )
    assert only(decisions).signal.symbol == "AAPL"
    assert decide_moment(signals=signals, watchers={}, as_of=signals[0].fired_at) == []


@pytest.mark.parametrize("loss_source", ["trades", "alerts"])
def test_the_number_of_queries_grows_with_neither_users_nor_signals(loss_source: str) -> None:
    users = [trader().pk for _ in range(12)]
    for user_id in users:
        set_policy(user_id=user_id, values={"loss_source": loss_source}, market_ts=OPEN)
    rules = ("ltp_breakout", "ema_cross", "vwap_reclaim")

    def queries(user_ids: list[str], symbols: list[str], minute: int) -> int:
        moment: list[Any] = [
            fired_signal(minute, symbol=symbol, rule_id=rule)
            for symbol in symbols
            for rule in rules
        ]
        with CaptureQueriesContext(connection) as captured:
            assert len(decide_for(user_ids, *moment)) == len(user_ids) * len(moment)
        return len(captured)

    queries(users, ["SPY"], 0)  # fills the caches that all processes share
    few, many = queries(users[:1], ["SPY"], 1), queries(users, ["SPY", "AAPL", "QQQ"], 2)
    assert many == few


def test_a_long_cooldown_of_one_user_reaches_back_hours() -> None:
    patient, other = trader(), trader()
    set_policy(user_id=patient.pk, values={"cooldown_seconds": 14_400}, market_ts=OPEN)
    decide_and_record([patient.pk, other.pk], fired_signal(0))
    for minute, expected in ((239, "cooldown"), (240, "delivered")):
        made = {d.user_id: d for d in decide_for([patient.pk, other.pk], fired_signal(minute))}
        assert made[patient.pk].reason_code == expected
        assert made[other.pk].reason_code == "delivered"
