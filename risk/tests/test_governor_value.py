"""Governor V2: the expected value gate, its price, its budget, and the fallback to V1."""

from dataclasses import replace
from datetime import UTC

import pytest

from learning.calibration import Calibration, expected_value, logit, sigmoid
from risk.gate import GateCode
from risk.governor import decide
from risk.policy import RiskPolicy
from risk.state import GovernorSignal, GovernorState, ValueInputs

NOW = 1_710_253_200_000
SIGNAL = GovernorSignal(
    symbol="SPY",
    timeframe="1m",
    rule_id="good",
    direction="long",
    confidence=0.60,
    close_ms=NOW,
    zone=UTC,
    regime="trend",
)
CALIBRATION = Calibration(
    base=0.60,
    matured=100,
    a=logit(0.42),
    b=0.5,
    rule_offsets={"good": 0.4, "bad": -0.6},
    regime_offsets={
        "good": {"trend": 0.1, "range": -0.7, "unknown": 0.0},
        "bad": {"trend": 0.0, "range": 0.0, "unknown": 0.0},
    },
)


def state(calibration: Calibration | None = CALIBRATION, price: float = 0.0) -> GovernorState:
    return GovernorState(value=ValueInputs(calibration=calibration, price=price))


def test_a_good_rule_passes_on_its_expected_value() -> None:
    decision = decide(SIGNAL, RiskPolicy(), state(), -0.9, NOW)
    p = sigmoid(logit(0.42) + 0.5)
    assert decision.delivered  # V1 would have asked for 0.63
    assert decision.governor == "v2"
    assert decision.numbers["p"] == pytest.approx(p)
    assert decision.numbers["ev"] == pytest.approx(expected_value(p))
    assert decision.reason == "EV 0.31 ≥ 0.00 R (p 0.54)"


def test_a_bad_rule_is_held_back_however_sure_it_is() -> None:
    decision = decide(
        replace(SIGNAL, rule_id="bad", confidence=0.70), RiskPolicy(), state(), 0.9, NOW
    )
    assert decision.code is GateCode.EXPECTED_VALUE
    assert decision.reason == "EV -0.22 < 0.00 R (p 0.33)"


def test_the_same_rule_in_its_bad_regime() -> None:
    ranging = replace(SIGNAL, regime="range")
    assert decide(ranging, RiskPolicy(), state(), 0.0, NOW).code is GateCode.EXPECTED_VALUE
    assert decide(replace(ranging, regime="trend"), RiskPolicy(), state(), 0.0, NOW).delivered


def test_the_price_raises_the_gate_and_a_negative_one_does_not_lower_it() -> None:
    dear = decide(SIGNAL, RiskPolicy(), state(price=0.40), 0.0, NOW)
    assert dear.reason == "EV 0.31 < 0.40 R (p 0.54)"
    assert dear.numbers["price"] == 0.40
    bad = replace(SIGNAL, rule_id="bad")
    assert not decide(bad, RiskPolicy(), state(price=-1.0), 0.0, NOW).delivered


@pytest.mark.parametrize(
    ("calibration", "matured"), [(None, 0), (replace(CALIBRATION, matured=99), 99)]
)
def test_below_a_hundred_matured_v1_decides_and_says_so(
    calibration: Calibration | None, matured: int
) -> None:
    decision = decide(SIGNAL, RiskPolicy(), state(calibration), -0.41, NOW)
    assert decision.governor == "v1"
    assert decision.code is GateCode.CONFIDENCE
    assert decision.reason == (
        "confidence 0.60 < 0.63 (base 0.60, score -0.41)"
        f"; V1 decides: V2 needs 100 matured signals, has {matured}"
    )
    assert "ev" not in decision.numbers


def test_v2_counts_the_budget_instead_of_the_hour() -> None:
    policy = RiskPolicy(alerts_per_hour=1, daily_alert_budget=3)
    busy = replace(state(), delivered_ms=(NOW - 60_000,), delivered_in_session=2)
    assert decide(SIGNAL, policy, busy, 0.0, NOW).delivered
    spent = replace(busy, delivered_in_session=3, session_end_ms=NOW + 3_600_000)
    decision = decide(SIGNAL, policy, spent, 0.0, NOW)
    assert decision.code is GateCode.BUDGET
    assert decision.reason == "budget used up: 3 alerts this session ≥ 3 until 15:20"
    assert decision.until == NOW + 3_600_000


def test_cooldown_is_that_of_v1() -> None:
    cooling = replace(state(), last_delivered={SIGNAL.cooldown_key: NOW - 600_000})
    decision = decide(SIGNAL, RiskPolicy(), cooling, -0.45, NOW)
    assert decision.code is GateCode.COOLDOWN
    assert decision.governor == "v2"


def test_a_killed_rule_is_held_back_by_both_governors() -> None:
    evidence = "evidence 200 : 1 against this rule since its best moment"
    for one in (GovernorState(), state()):
        decision = decide(SIGNAL, RiskPolicy(), replace(one, killed={"good": evidence}), 1.0, NOW)
        assert decision.code is GateCode.KILLED
        assert decision.reason == f"killed: {evidence}"
