"""Bars that many tests read and none changes."""

import datetime as dt

import pytest

from backtest.tests.factories import make_bars
from coach.engine.bars import Bars


@pytest.fixture(scope="session")
def six_weeks() -> Bars:
    """Minutes of six weeks from Monday, 4 March 2024, over a change to daylight saving time."""
    return make_bars(dt.date(2024, 3, 4), dt.date(2024, 4, 13), seed=7)
