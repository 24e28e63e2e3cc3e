"""What the trades came to: by day, by size, by what they have in common, with n and intervals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from coach.accounts.models import User
from coach.signals.tests.factories import trader
from feedback.journal.services import add_trade
from feedback.journal.statistics import group_of, student_95
from feedback.tests.factories import decided

pytestmark = pytest.mark.django_db
MONDAY = datetime(2025, 3, 3, 14, 31, tzinfo=UTC)
LATER = datetime(2025, 4, 1, tzinfo=UTC)


def took(user: User, r: float, *, at: datetime = MONDAY, **changes: Any) -> None:
    given: dict[str, Any] = {
        "symbol": "SPY",
        "side": "long",
        "quantity": 10.0,
        "entry_ts": at,
        "entry_price": 100.0,
        "stop": 99.0,
        "exit_ts": at + timedelta(minutes=5),
        "exit_price": 100.0 + r,
    }
    add_trade(user_id=user.pk, given=given | changes, market_ts=at, latest=LATER)


def stats(user: User, query: str = "") -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/api/journal/stats{query}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def expectancies(groups: list[dict[str, Any]]) -> dict[str, tuple[int, float]]:
    return {group["key"]: (group["n"], round(group["expectancy"], 6)) for group in groups}


def test_without_trades_there_is_nothing_to_say() -> None:
    found = stats(trader())
    assert found["all"]["n"] == 0
    assert found["all"]["expectancy"] is None
    assert found["calendar"] == found["byRule"] == []
    assert sum(each["trades"] for each in found["distribution"]) == 0


def test_breakdowns() -> None:
    user = trader()
    signal = decided(user.pk)
    took(user, 1.0, signal_id=signal.id, tags=("gap", "opening"))
    took(user, -1.0, tags=("gap",))
    took(user, 2.0, at=MONDAY + timedelta(days=1, hours=2))
    took(user, -5.0, stop=None)
    took(user, -5.0, exit_ts=None, exit_price=None)
    found = stats(user)
    assert found["all"]["n"] == 3
    assert found["all"]["total"] == pytest.approx(2.0)
    assert found["all"]["profitFactor"] == pytest.approx(3.0)
    assert found["withoutR"] == 1
    assert expectancies(found["byRule"]) == {"": (2, 0.5), "ltp_breakout": (1, 1.0)}
    assert expectancies(found["byHour"]) == {"09": (2, 0.0), "11": (1, 2.0)}
    assert expectancies(found["byWeekday"]) == {"mon": (2, 0.0), "tue": (1, 2.0)}
    assert expectancies(found["byRegime"]) == {"": (2, 0.5), "trend": (1, 1.0)}
    assert expectancies(found["byTag"]) == {"": (1, 2.0), "gap": (2, 0.0), "opening": (1, 1.0)}
    assert expectancies(found["byPlan"]) == {"planned": (1, 1.0), "unplanned": (2, 0.5)}
    assert found["calendar"] == [
        {"date": "2025-03-03", "r": 0.0, "trades": 2, "wins": 1},
        {"date": "2025-03-04", "r": 2.0, "trades": 1, "wins": 1},
    ]
    filled = {(b["low"], b["high"]): b["trades"] for b in found["distribution"] if b["trades"]}
    assert filled == {(-1.0, -0.5): 1, (1.0, 1.5): 1, (2.0, 3.0): 1}
    assert stats(user, "?ruleId=ltp_breakout")["all"]["n"] == 1
    assert stats(user, "?planned=false")["all"]["n"] == 2


def test_the_calendar_knows_on_which_weekdays_the_market_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = LATER + timedelta(days=1)
    monkeypatch.setattr("feedback.journal.views.market_now", lambda: now)
    user = trader()
    took(user, 1.0, at=datetime(2025, 1, 21, 15, tzinfo=UTC))
    carter, king, presidents, good_friday = "2025-01-09", "2025-01-20", "2025-02-17", "2025-04-18"
    assert stats(user)["holidays"] == ["2025-01-01", carter, king, presidents, good_friday]


def test_another_users_trades_are_his() -> None:
    user, other = trader(), trader()
    took(other, 1.0)
    assert stats(user)["all"]["n"] == 0


def test_today_is_the_markets_day(monkeypatch: pytest.MonkeyPatch) -> None:
    now = MONDAY + timedelta(hours=1)
    monkeypatch.setattr("feedback.journal.views.market_now", lambda: now)
    user = trader()
    for r in (1.0, -0.5, -0.25):
        took(user, r)
    took(user, -9.0, at=MONDAY - timedelta(days=4))
    took(user, -9.0, at=MONDAY + timedelta(hours=2))
    took(user, 0.0, exit_ts=None, exit_price=None)
    assert stats(user)["today"] == {
        "date": "2025-03-03",
        "r": pytest.approx(0.25),
        "trades": 3,
        "lossStreak": 2,
        "open": 1,
    }


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(5, 2.5706), (9, 2.2622), (19, 2.0930), (100, 1.9840)]
)
def test_students_quantile(degrees: int, quantile: float) -> None:
    assert student_95(degrees) == pytest.approx(quantile, abs=1e-3)


def test_an_interval_needs_six_trades() -> None:
    assert group_of("x", [1.0, -1.0, 2.0, 0.5, -1.0]).low is None
    group = group_of("x", [1.0, -1.0, 2.0, 0.5, -1.0, 0.5])
    assert group.expectancy == pytest.approx(1 / 3)
    assert group.low == pytest.approx(1 / 3 - 2.5706 * 1.169045 / 6**0.5, abs=2e-3)
    assert group.high == pytest.approx(1 / 3 + 2.5706 * 1.169045 / 6**0.5, abs=2e-3)
