"""What holds for any rows: the order in which they arrive does not matter, and the same rows give
the same bytes, from the aggregates and from the rows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.signals.tests.factories import trader
from feedback.tests.factories import label
from learning.models import RuleMetricsDaily
from learning.rollup import FIGURES, rollup
from learning.services import get_rule_metrics, get_rule_score, rebuild
from learning.tests.factories import NOON, decided, mature

pytestmark = pytest.mark.django_db(transaction=True)
USERS = 2
MINUTES = 4
LATER = NOON.replace(hour=21)
runs = itertools.count()


class Row(NamedTuple):
    """Something that arrives about the signal of one minute."""

    kind: str
    minute: int
    user: int
    value: Any


labels = st.builds(
    Row,
    st.just("label"),
    st.integers(0, MINUTES - 1),
    st.integers(0, USERS - 1),
    st.sampled_from(["good", "bad", "late", "missed"]),
)
outcomes = st.builds(
    Row,
    st.just("outcome"),
    st.integers(0, MINUTES - 1),
    st.just(0),
    st.floats(-3, 5).map(lambda r: round(r, 4)),
)
arrivals = st.lists(
    st.one_of(labels, outcomes),
    min_size=2,
    max_size=8,
    unique_by=lambda row: (row.kind, row.minute, row.user),
)
few_examples = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def arrive(rows: Sequence[Row]) -> tuple[str, list[str]]:
    """Let these arrive for a rule and users of their own."""
    rule_id, users = f"rule_{next(runs)}", [trader().pk for _ in range(USERS)]
    signals = [
        decided(*users, rule_id=rule_id, minute=minute, delivered=minute % 2 == 0)
        for minute in range(MINUTES)
    ]
    for row in rows:
        if row.kind == "label":
            label(users[row.user], signals[row.minute].id, row.value)
        else:
            mature(signals[row.minute], row.value, at=LATER)
    return rule_id, users


def current(rule_id: str, users: Sequence[str]) -> bytes:
    """Everything that is shown of the rule, but its name."""
    found = [get_rule_metrics(rule_id, user_id=user_id) for user_id in users]
    return orjson.dumps(
        [{**one, "ruleId": "", "asOf": ""} for one in found]
        + [{"everybody": get_rule_score(rule_id)}]
    )


def at(rule_id: str, users: Sequence[str]) -> bytes:
    """The same from the rows alone, as of the evening."""
    found = [get_rule_metrics(rule_id, user_id=user_id, as_of=LATER) for user_id in users]
    return orjson.dumps([{**one, "ruleId": ""} for one in found])


def daily(rule_id: str, users: Sequence[str]) -> list[tuple[Any, ...]]:
    rows = RuleMetricsDaily.objects.filter(rule_id=rule_id)
    return [rows.values_list("day", *FIGURES).get(user=user_id) for user_id in users]


@few_examples
@given(rows=arrivals, seed=st.integers(0, 1_000))
def test_the_order_of_arrival_does_not_matter(rows: list[Row], seed: int) -> None:
    one = arrive(rows)
    other = arrive(Random(seed).sample(rows, len(rows)))  # noqa: S311  reproducible
    assert at(*one) == at(*other)
    assert current(*one) == current(*other)
    rollup(as_of=LATER)
    assert daily(*one) == daily(*other)


@few_examples
@given(rows=arrivals)
def test_the_same_rows_give_the_same_bytes(rows: list[Row]) -> None:
    run = arrive(rows)
    live, past = current(*run), at(*run)
    rebuild()
    assert current(*run) == live
    assert at(*run) == past
    rollup(as_of=LATER)
    figures = daily(*run)
    assert rollup(as_of=LATER) == 0
    assert daily(*run) == figures
