"""A user's limits: defaults, bounds, and errors that name the field and the bound."""

import math
from typing import Any

import pytest

from risk.policy import BOUNDS, PolicyError, RiskPolicy, policy_problems


def test_defaults() -> None:
    policy = RiskPolicy()
    assert (policy.base_confidence, policy.cooldown_seconds) == (0.60, 900)
    assert (policy.daily_loss_r, policy.loss_streak, policy.alerts_per_hour) == (3.0, 4, 12)
    assert (policy.stale_after_bars, policy.loss_source) == (3, "trades")
    assert policy.daily_alert_budget is None


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_each_bound_is_inside_and_just_beyond_it_is_named(name: str) -> None:
    bound = BOUNDS[name]

    def policy(value: float) -> RiskPolicy:
        limits: dict[str, Any] = {name: value}
        return RiskPolicy(**limits)

    for value in (bound.low, bound.high):
        assert getattr(policy(value), name) == value
    for value in (bound.low - 1, bound.high + 1, math.inf, math.nan):
        with pytest.raises(PolicyError, match=f"{name}: .* is outside \\[{bound.low:g}, "):
            policy(value)


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_only_a_limit_can_be_switched_off(name: str) -> None:
    assert (BOUNDS[name].problem(None) is None) == BOUNDS[name].optional


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        RiskPolicy(loss_streak=2.5, base_confidence="high", loss_source="luck")  # type: ignore[arg-type]
    assert caught.value.problems == {
        "base_confidence": "'high' is not a number",
        "loss_streak": "2.5 is not a whole number",
        "loss_source": "'luck' is none of trades, alerts",
    }


def test_a_field_that_is_no_limit_is_named() -> None:
    assert policy_problems({"leverage": 3, "loss_streak": 4}) == {"leverage": "is not a limit"}


def test_true_is_not_a_number() -> None:
    assert policy_problems({"loss_streak": True}) == {"loss_streak": "True is not a number"}
