"""Bars that many tests read and none changes; a trader, logged in."""

import datetime as dt

import pytest
from django.test import Client

from backtest.tests.factories import make_bars
from backtest.views import AskingView
from coach.accounts.models import User
from coach.engine.bars import Bars
from coach.signals.tests.factories import trader


@pytest.fixture(scope="session")
def six_weeks() -> Bars:
    """Minutes of six weeks from Monday, 4 March 2024, over a change to daylight saving time."""
    return make_bars(dt.date(2024, 3, 4), dt.date(2024, 4, 13), seed=7)


@pytest.fixture
def user() -> User:
    return trader()


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of requests a minute has its own test."""
    monkeypatch.setattr(AskingView, "throttle_classes", ())
