"""Governor V1: what each gate says, in which order, and how the score moves the two it moves."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.gate import GateCode
from risk.governor import cooldown_multiplier, decide, decide_all, explain_gates, gates
from risk.lockgates import locks
from risk.policy import RiskPolicy
from risk.state import GovernorSignal, GovernorState, Losses, ManualLock

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = 60_000
POLICY = RiskPolicy()


def at(hour: int, minute: int, second: int = 0, day: int = 12) -> int:
    """Epoch ms of a New York clock time on a March 2024 day (Tuesday the 12th)."""
    return int(datetime(2024, 3, day, hour, minute, second, tzinfo=NEW_YORK).timestamp() * 1000)


NOW = at(14, 20)


def signal(**changes: Any) -> GovernorSignal:
    plain = GovernorSignal(
        symbol="SPY",
        timeframe="1m",
        rule_id="ema_cross",
        direction="long",
        confidence=0.70,
        close_ms=NOW,
        zone=NEW_YORK,
        regime="trend",
    )
    return replace(plain, **changes)


KEY = signal().cooldown_key


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, 0.6000),
        (-0.0430, 0.6043),
        (-0.2573, 0.6257),
        (0.4744, 0.5700),
        (0.7748, 0.5700),
        (-0.5991, 0.6300),
        (-0.9290, 0.6300),
        (0.2608, 0.5739),
        (0.2335, 0.5767),
        (-0.3134, 0.6300),
    ],
)
def test_minimum_confidence_as_the_score_varies(score: float, expected: float) -> None:
    assert gates(POLICY, score).min_confidence == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("score", "seconds"),
    [(-1.0, 1800), (-0.45, 1305), (0.0, 900), (0.5, 900), (0.51, 450), (1.0, 450)],
)
def test_cooldown_as_the_score_varies(score: float, seconds: float) -> None:
    assert gates(POLICY, score).cooldown_seconds == pytest.approx(seconds)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_better_score_never_tightens_a_gate(one: float, other: float) -> None:
    worse, better = gates(POLICY, min(one, other)), gates(POLICY, max(one, other))
    assert better.min_confidence <= worse.min_confidence
    assert better.cooldown_seconds <= worse.cooldown_seconds
    assert 0.57 <= better.min_confidence <= worse.min_confidence <= 0.63


def test_the_sentence_of_the_confidence_gate() -> None:
    decision = decide(signal(confidence=0.58), POLICY, GovernorState(), -0.41, NOW)
    assert not decision.delivered
    assert decision.code is GateCode.CONFIDENCE
    assert decision.reason == "confidence 0.58 < 0.63 (base 0.60, score -0.41)"
    assert decision.until is None


def test_the_sentence_shows_as_many_decimals_as_it_takes() -> None:
    decision = decide(signal(confidence=0.6298), POLICY, GovernorState(), -0.41, NOW)
    assert decision.reason == "confidence 0.6298 < 0.6300 (base 0.60, score -0.41)"


@pytest.mark.parametrize(("score", "gate"), [(-0.41, 0.63), (0.9, 0.57), (0.0, 0.6)])
def test_a_confidence_equal_to_the_gate_passes(score: float, gate: float) -> None:
    assert decide(signal(confidence=gate), POLICY, GovernorState(), score, NOW).delivered


def test_the_sentence_of_an_alert() -> None:
    decision = decide(signal(), POLICY, GovernorState(), 0.12, NOW)
    assert decision.delivered
    assert decision.code is GateCode.DELIVERED
    assert decision.reason == "confidence 0.70 ≥ 0.59 (base 0.60, score 0.12)"


def test_the_sentence_of_the_cooldown() -> None:
    state = GovernorState(last_delivered={KEY: at(14, 10)})
    decision = decide(signal(), POLICY, state, -0.45, NOW)
    assert decision.code is GateCode.COOLDOWN
    assert decision.reason == "cooldown until 14:32 (21 min 45 s: 15 × 1.45)"
    assert decision.until == at(14, 31, 45)
    assert decision.numbers["elapsed"] == 600
    assert decision.numbers["cooldownSeconds"] == pytest.approx(1305)


def test_a_plain_cooldown_has_no_multiplier() -> None:
    state = GovernorState(last_delivered={KEY: at(14, 10)})
    assert decide(signal(), POLICY, state, 0.2, NOW).reason == "cooldown until 14:25 (15 min)"


def test_a_trusted_rule_waits_half_as_long() -> None:
    state = GovernorState(last_delivered={KEY: at(14, 15)})
    decision = decide(signal(), POLICY, state, 0.8, NOW)
    assert decision.reason == "cooldown until 14:23 (7 min 30 s: 15 × 0.50)"
    assert decide(signal(close_ms=at(14, 23)), POLICY, state, 0.8, at(14, 23)).delivered


def test_a_cooldown_ends_exactly() -> None:
    state = GovernorState(last_delivered={KEY: NOW - 15 * MINUTE})
    assert decide(signal(), POLICY, state, 0.0, NOW).delivered
    assert not decide(signal(close_ms=NOW - 1), POLICY, state, 0.0, NOW).delivered


def test_a_cooldown_runs_through_the_night() -> None:
    state = GovernorState(last_delivered={KEY: at(23, 50)})
    late = at(23, 55)
    decision = decide(signal(close_ms=late), POLICY, state, 0.0, late)
    assert decision.reason == "cooldown until Wed 00:05 (15 min)"


@pytest.mark.parametrize(
    "changes", [{"rule_id": "vwap_reclaim"}, {"symbol": "QQQ"}, {"direction": "short"}]
)
def test_a_cooldown_is_of_one_rule_symbol_and_direction(changes: dict[str, str]) -> None:
    state = GovernorState(last_delivered={KEY: NOW})
    assert decide(signal(**changes), POLICY, state, 0.0, NOW).delivered
    assert not decide(signal(timeframe="5m"), POLICY, state, 0.0, NOW).delivered


def test_alerts_per_hour_count_the_trailing_sixty_minutes() -> None:
    times = tuple(NOW - (60 - 5 * i) * MINUTE for i in range(13))  # one exactly an hour ago
    decision = decide(signal(), POLICY, GovernorState(delivered_ms=times), 0.0, NOW)
    assert decision.code is GateCode.ALERTS_PER_HOUR
    assert decision.reason == "12 alerts in 60 min ≥ 12, next from 14:25"
    assert decision.until == at(14, 25)
    later = signal(close_ms=at(14, 25))
    assert decide(later, POLICY, GovernorState(delivered_ms=times), 0.0, at(14, 25)).delivered


def test_losses_lock_to_the_end_of_the_session_even_if_won_back() -> None:
    losses = Losses.of([-1.05, -1.05, -1.05, 1.45, 1.45])
    assert losses.r_sum == pytest.approx(-0.25)
    state = GovernorState(losses=losses, session_end_ms=at(16, 0))
    decision = decide(signal(), POLICY, state, 0.0, NOW)
    assert decision.code is GateCode.DAILY_LOSS
    assert decision.reason == "daily loss -3.15 ≤ -3.00 R (trades), locked until 16:00"
    assert decision.until == at(16, 0)
    fresh = state.open_session(session_end_ms=at(16, 0, day=13))
    assert decide(signal(), POLICY, fresh, 0.0, NOW).delivered


def test_a_loss_of_exactly_the_limit_locks() -> None:
    state = GovernorState(losses=Losses.of([-1.5, -1.5]))
    assert decide(signal(), POLICY, state, 0.0, NOW).reason == (
        "daily loss -3.00 ≤ -3.00 R (trades), locked"
    )


def test_a_losing_streak_locks() -> None:
    policy = RiskPolicy(daily_loss_r=None, loss_source="alerts")
    state = GovernorState(losses=Losses.of([-1, -1, 0.0, -1, -1, 2]), session_end_ms=at(16, 0))
    decision = decide(signal(), policy, state, 0.0, NOW)
    assert decision.code is GateCode.LOSS_STREAK
    assert decision.reason == "loss streak 4 ≥ 4 (alerts), locked until 16:00"


def test_a_win_ends_a_streak() -> None:
    assert Losses.of([-1, -1, -1, 0.5, -1]) == Losses(
        r_sum=-3.5, streak=1, worst_r_sum=-3.5, worst_streak=3
    )


def test_a_manual_lock_holds_until_its_end() -> None:
    state = GovernorState(manual_lock=ManualLock(until_ms=at(15, 0)))
    assert decide(signal(), POLICY, state, 0.0, NOW).reason == "locked by you until 15:00"
    assert decide(signal(close_ms=at(15, 0)), POLICY, state, 0.0, at(15, 0)).delivered
    for_ever = GovernorState(manual_lock=ManualLock())
    assert decide(signal(), POLICY, for_ever, 0.0, NOW).reason == "locked by you until you unlock"


def test_stale_data_hold_back() -> None:
    assert decide(signal(), POLICY, GovernorState(data_age_bars=3), 0.0, NOW).delivered
    decision = decide(signal(), POLICY, GovernorState(data_age_bars=4), 0.0, NOW)
    assert decision.reason == "data 4 bars old > 3"


def test_outside_the_session() -> None:
    state = GovernorState(in_session=False, next_open_ms=at(9, 30, day=13))
    decision = decide(signal(), POLICY, state, 0.0, NOW)
    assert decision.reason == "outside the session until Wed 09:30"
    assert decision.until == at(9, 30, day=13)


# Each entry switches one more gate on; the earliest of those that are on gives the reason.
GATES_IN_ORDER: list[tuple[GateCode, dict[str, Any]]] = [
    (GateCode.ALERTS_PER_HOUR, {"delivered_ms": (NOW - MINUTE,) * 12}),
    (GateCode.COOLDOWN, {"last_delivered": {KEY: NOW - MINUTE}}),
    (GateCode.CONFIDENCE, {}),
    (GateCode.LOSS_STREAK, {"losses": Losses.of([-0.1] * 4)}),
    (GateCode.DAILY_LOSS, {"losses": Losses.of([-1.0] * 4)}),
    (GateCode.SESSION, {"in_session": False}),
    (GateCode.STALE_DATA, {"data_age_bars": 9.0}),
    (GateCode.KILLED, {"killed": {"ema_cross": "evidence 200 : 1"}}),
    (GateCode.MANUAL_LOCK, {"manual_lock": ManualLock()}),
]


def test_the_first_gate_in_order_gives_the_reason() -> None:
    state = GovernorState()
    fired = signal()
    for code, changes in GATES_IN_ORDER:
        state = replace(state, **changes)
        if code is GateCode.CONFIDENCE:
            fired = signal(confidence=0.1)
        assert decide(fired, POLICY, state, 0.0, NOW).code is code


def test_every_lock_that_holds_is_listed_for_a_preview() -> None:
    state = GovernorState()
    for _, changes in GATES_IN_ORDER:
        state = replace(state, **changes)
    found = locks("ema_cross", POLICY, state, NOW, NEW_YORK)
    assert [block.code for block in found] == [
        GateCode.MANUAL_LOCK,
        GateCode.KILLED,
        GateCode.STALE_DATA,
        GateCode.SESSION,
        GateCode.DAILY_LOSS,
        GateCode.LOSS_STREAK,
    ]
    assert locks("vwap_reclaim", POLICY, GovernorState(), NOW, NEW_YORK) == []


def test_a_limit_that_is_off_never_blocks() -> None:
    policy = RiskPolicy(daily_loss_r=None, loss_streak=None, alerts_per_hour=None)
    state = GovernorState(losses=Losses.of([-2.0] * 40), delivered_ms=(NOW,) * 500)
    assert decide(signal(), policy, state, 0.0, NOW).delivered


def test_signals_of_one_moment_are_decided_by_symbol_timeframe_and_rule() -> None:
    policy = RiskPolicy(alerts_per_hour=2)
    fired = [
        signal(symbol="SPY", rule_id="vwap_reclaim"),
        signal(symbol="SPY", rule_id="ema_cross"),
        signal(symbol="AAPL", timeframe="5m"),
        signal(symbol="AAPL", timeframe="1m"),
    ]
    scores = {"ema_cross": 0.0, "vwap_reclaim": 0.0}
    decided, state = decide_all(fired, policy, GovernorState(), scores, NOW)
    assert [(one.order, made.code) for one, made in decided] == [
        (("AAPL", "1m", "ema_cross"), GateCode.DELIVERED),
        (("AAPL", "5m", "ema_cross"), GateCode.COOLDOWN),
        (("SPY", "1m", "ema_cross"), GateCode.DELIVERED),
        (("SPY", "1m", "vwap_reclaim"), GateCode.ALERTS_PER_HOUR),
    ]
    assert state.delivered_in_session == 2
    assert decide_all(reversed(fired), policy, GovernorState(), scores, NOW) == (decided, state)


@given(st.floats(0, 1), st.floats(-1, 1), st.integers(0, 40))
def test_a_decision_carries_json_numbers_and_its_own_arithmetic(
    confidence: float, score: float, minutes: int
) -> None:
    state = GovernorState(last_delivered={KEY: NOW - minutes * MINUTE})
    decision = decide(signal(confidence=confidence), POLICY, state, score, NOW)
    numbers = json.loads(json.dumps(decision.numbers))
    assert decision.delivered == (
        numbers["confidence"] >= numbers["minConfidence"]
        and numbers["elapsed"] * 1000 >= round(numbers["cooldownSeconds"] * 1000)
    )
    assert decision.reason
    assert decide(signal(confidence=confidence), POLICY, state, score, NOW) == decision


def test_gates_in_words_for_a_preview() -> None:
    assert explain_gates(POLICY, -0.41) == (
        "confidence from 0.630 (base 0.60, score -0.41, counted as -0.30)",
        "cooldown 21 min 9 s: 15 × 1.41",
    )
    assert cooldown_multiplier(-0.41) == pytest.approx(1.41)


def test_the_same_moment_reads_in_the_exchange_s_own_zone() -> None:
    state = GovernorState(last_delivered={KEY: at(14, 10)})
    decision = decide(signal(zone=UTC), POLICY, state, -0.45, NOW)
    assert decision.reason.startswith("cooldown until 18:32")
