"""Losses of the trader's own trades lock the session, as the default policy says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coach.signals.tests.factories import fired_signal, trader
from feedback.journal.records import TradeRow
from feedback.journal.services import add_trade, delete_trade
from risk.services import set_policy
from risk.tests.factories import decide_for

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = datetime(2025, 3, 3, 14, 30, tzinfo=UTC)
CLOSE = datetime(2025, 3, 3, 21, 0, tzinfo=UTC)


def took(user_id: str, r: float, *, minute: int = 0, **changes: Any) -> TradeRow:
    """A long of a minute that came to `r`, told when it was closed."""
    entry = OPEN + timedelta(minutes=minute)
    given: dict[str, Any] = {
        "symbol": "SPY",
        "side": "long",
        "quantity": 10.0,
        "entry_ts": entry,
        "entry_price": 100.0,
        "stop": 99.0,
        "exit_ts": entry + timedelta(minutes=1),
        "exit_price": 100.0 + r,
    }
    return add_trade(
        user_id=user_id,
        given=given | changes,
        market_ts=entry + timedelta(minutes=1),
        latest=CLOSE,
    )


def gate(user_id: str, minute: int = 10) -> tuple[str, str, datetime | None]:
    [decision] = decide_for([user_id], fired_signal(minute))
    return decision.reason_code, decision.reason, decision.until


def test_the_daily_loss_of_taken_trades_locks_to_the_sessions_end() -> None:
    user = trader()
    took(user.pk, -2.0)
    assert gate(user.pk)[0] == "delivered"
    took(user.pk, -1.0, minute=1)
    code, reason, until = gate(user.pk)
    assert (code, until) == ("daily_loss", CLOSE)
    assert reason == "daily loss -3.00 ≤ -3.00 R (trades), locked until 16:00"
    took(user.pk, 5.0, minute=2)
    assert gate(user.pk)[0] == "daily_loss", "a limit once reached locks to the session's end"


def test_a_streak_of_losing_trades_locks() -> None:
    user = trader()
    for minute in range(3):
        took(user.pk, -0.2, minute=minute)
    assert gate(user.pk)[0] == "delivered"
    took(user.pk, -0.2, minute=3)
    assert gate(user.pk)[0] == "loss_streak"


def test_what_is_not_closed_not_told_yet_or_another_days_does_not_count() -> None:
    user = trader()
    took(user.pk, -9.0, exit_ts=None, exit_price=None)
    took(user.pk, -9.0, stop=None)
    took(user.pk, -9.0, minute=-1440 * 3)
    took(user.pk, -9.0, minute=30)
    assert gate(user.pk, minute=10)[0] == "delivered"
    assert gate(user.pk, minute=40)[0] == "daily_loss"


def test_a_trade_entered_by_mistake_unlocks_when_it_is_deleted() -> None:
    user = trader()
    trade = took(user.pk, -4.0)
    assert gate(user.pk)[0] == "daily_loss"
    delete_trade(user_id=user.pk, trade_id=trade.id, market_ts=OPEN, wall=OPEN)
    assert gate(user.pk)[0] == "delivered"


def test_another_users_losses_and_other_sources_lock_nobody() -> None:
    user, other = trader(), trader()
    took(other.pk, -4.0)
    assert gate(user.pk)[0] == "delivered"
    set_policy(user_id=other.pk, values={"loss_source": "alerts"}, market_ts=OPEN)
    assert gate(other.pk)[0] == "delivered"
