"""What the demo user starts with: limits at which alerts keep coming, and a size on every card."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coach.accounts.selectors import get_settings
from coach.accounts.services import DEMO_RISK, ensure_demo_user, save_settings
from coach.live.demo import LIMITS, choose_limits
from risk.selectors import policy_of
from risk.services import set_policy

pytestmark = pytest.mark.django_db

BEFORE_ANY_SESSION = datetime(1990, 1, 2, tzinfo=UTC)
NOW = datetime(2025, 9, 15, 14, tzinfo=UTC)


def test_his_limits_hold_from_the_first_session_of_the_history_on() -> None:
    user_id = ensure_demo_user()
    choose_limits(user_id)
    policy = policy_of(user_id, as_of=BEFORE_ANY_SESSION)
    assert {name: getattr(policy, name) for name in LIMITS} == LIMITS


def test_limits_that_he_chose_himself_stay() -> None:
    user_id = ensure_demo_user()
    set_policy(user_id=user_id, values={"alerts_per_hour": 5}, market_ts=NOW)
    choose_limits(user_id)
    assert policy_of(user_id, as_of=NOW).alerts_per_hour == 5


def test_his_cards_name_a_size_until_he_says_otherwise() -> None:
    user_id = ensure_demo_user()
    assert get_settings(user_id)["sizing"]["riskPerTrade"] == DEMO_RISK
    save_settings(user_id=user_id, change={"sizing": {"riskPerTrade": 25.0}})
    assert get_settings(ensure_demo_user())["sizing"]["riskPerTrade"] == 25.0
