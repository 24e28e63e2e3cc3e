"""Signals and decisions for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import factory

from coach.accounts.models import User
from coach.signals.records import FiredSignal, NewDecision, SignalKey

SESSION = date(2025, 3, 3)
OPEN_MS = int(datetime(2025, 3, 3, 14, 30, tzinfo=UTC).timestamp() * 1000)


class UserFactory(factory.django.DjangoModelFactory[Any]):
    """A trader."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"trader{n}")  # type: ignore[attr-defined,no-untyped-call]


def trader(**columns: Any) -> User:
    """A new trader in the database."""
    return cast("User", UserFactory.create(**columns))


def fired_signal(minute: int = 0, **changes: Any) -> FiredSignal:
    """A breakout of SPY, `minute` minutes after the open of a session in 2025."""
    ts = OPEN_MS + minute * 60_000
    columns: dict[str, Any] = {
        "symbol": "SPY",
        "timeframe": "1m",
        "seq": ts // 60_000,
        "ts": ts,
        "session_date": SESSION,
        "rule_id": "ltp_breakout",
        "rule_version": "1",
        "direction": "long",
        "confidence": 0.842993322,
        "price": 512.34,
        "level": 512.21,
        "atr": 0.4,
        "regime_trend": "trend",
        "regime_volatility": "normal",
        "warm": True,
        "features": {"dist": 0.4, "late": 0, "rvol": 1, "slope": 0.8, "er": 0.45, "vwap": 0.9},
        "engine_version": "test",
        "fired_at": datetime.fromtimestamp(ts / 1000, tz=UTC) + timedelta(minutes=1),
    }
    return FiredSignal(**columns | changes)


def new_decision(user_id: str, signal: SignalKey, **changes: Any) -> NewDecision:
    """An alert of a signal for a user."""
    columns: dict[str, Any] = {
        "user_id": user_id,
        "signal": signal,
        "delivered": True,
        "reason_code": "delivered",
        "reason": "confidence 0.84 ≥ 0.60",
        "decided_at": datetime(2025, 3, 3, 14, 31, tzinfo=UTC),
    }
    return NewDecision(**columns | changes)
