"""The price of an alert: a budget is spent on the best signals of the last days."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.price import alert_price


def test_no_budget_no_price() -> None:
    assert alert_price([0.3, 0.2], sessions=10, budget=None) == 0.0
    assert alert_price([0.3, 0.2], sessions=0, budget=1) == 0.0


def test_fewer_signals_than_the_budget_are_free() -> None:
    assert alert_price([0.3] * 11, sessions=10, budget=1) == 0.0


def test_the_price_lets_1_15_budgets_through() -> None:
    values = [i / 1000 for i in range(400)]
    price = alert_price(values, sessions=10, budget=20)
    assert sum(value >= price for value in values) == 230


def test_a_price_is_never_negative() -> None:
    assert alert_price([-0.5] * 100, sessions=10, budget=1) == 0.0


def test_a_budget_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="budget"):
        alert_price([0.1], sessions=10, budget=0)


@given(st.lists(st.floats(-1, 1.5), max_size=60), st.integers(1, 10), st.integers(1, 8))
def test_a_larger_budget_never_costs_more(values: list[float], sessions: int, budget: int) -> None:
    price = alert_price(values, sessions=sessions, budget=budget)
    assert alert_price(values, sessions=sessions, budget=budget + 1) <= price
    assert alert_price(values[::-1], sessions=sessions, budget=budget) == price
