"""A trader with a browser, and moments in which something fired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from coach.accounts.models import User
from coach.market.models import Clock
from coach.market.services import ensure_instrument
from coach.signals.records import FiredSignal
from coach.signals.services import record_moment
from coach.signals.tests.factories import OPEN_MS, fired_signal, new_decision, trader


@pytest.fixture
def market(db: None) -> None:
    """A replay that has reached half an hour into the session of the factories' signals."""
    now_ms = OPEN_MS + 30 * 60_000
    Clock.objects.create(
        source="replay", anchor_wall_ms=0, anchor_market_ms=now_ms, speed=1, market_ms=now_ms
    )


@pytest.fixture
def user(market: None) -> User:
    for symbol in ("SPY", "AAPL"):
        ensure_instrument(symbol=symbol)
    return trader()


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def fire(user: User) -> Callable[..., str]:
    """Record a signal and its decision for the trader; the signal's id."""

    def record(minute: int = 0, *, decision: dict[str, Any] | None = None, **signal: Any) -> str:
        fired: FiredSignal = fired_signal(minute, **signal)
        made = new_decision(user.pk, fired.key, **(decision or {}))
        with transaction.atomic():
            recorded = record_moment(fired=[fired], decisions=[made], latency={"decide": 1.5})
        return recorded.signal_ids[fired.key]

    return record
