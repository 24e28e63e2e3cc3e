"""What holds for any rows: the order in which they arrive does not matter, the same rows give the
same bytes, from the aggregates and from the rows, a past moment stays as it was, and what is older
than the window is as if it had never been."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.market.clock import ClockState
from coach.market.clockstore import save_clock
from coach.signals.records import SignalRow
from coach.signals.tests.factories import trader
from feedback.journal.services import add_trade
from feedback.selectors import labels_of
from feedback.services import undo
from feedback.tests.factories import label
from learning.models import RuleMetricsDaily
from learning.rollup import FIGURES, rollup
from learning.services import get_rule_metrics, get_rule_score, rebuild
from learning.tests.factories import NOON, decided, mature

pytestmark = pytest.mark.django_db(transaction=True)
USERS = 2
MINUTES = 4
LATER = NOON.replace(hour=21)
AFTER = LATER + timedelta(minutes=30)
TODAY = (0,) * MINUTES
LABELS = st.sampled_from(["good", "bad", "late", "missed"])
R = st.floats(-3, 5).map(lambda r: round(r, 4))
runs = itertools.count()


@pytest.fixture(autouse=True)
def _market_in_the_evening() -> None:
    """So that what stands now has all of the day in its windows."""
    state = ClockState("replay", 0, 0, speed=1, market_ms=int(LATER.timestamp() * 1000))
    save_clock(state, configured_speed=1)


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
    LABELS,
)
outcomes = st.builds(Row, st.just("outcome"), st.integers(0, MINUTES - 1), st.just(0), R)
trades = st.builds(Row, st.just("trade"), st.integers(0, MINUTES - 1), st.integers(0, USERS - 1), R)
undos = st.builds(
    Row, st.just("undo"), st.integers(0, MINUTES - 1), st.integers(0, USERS - 1), st.none()
)
signals_fired = st.builds(Row, st.just("fired"), st.integers(450, 500), st.just(0), st.booleans())
arrivals = st.lists(
    st.one_of(labels, outcomes),
    min_size=2,
    max_size=8,
    unique_by=lambda row: (row.kind, row.minute, row.user),
)
everything = st.lists(
    st.one_of(labels, outcomes, trades, undos, signals_fired),
    min_size=1,
    max_size=8,
    unique_by=lambda row: (row.kind, row.minute, row.user),
)
few_examples = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def arrive(rows: Sequence[Row], days: Sequence[int] = TODAY) -> Run:
    """Let these arrive for a rule and users of their own; `days` the session of each minute's
    signal, counted from today's."""
    run = Run(f"rule_{next(runs)}", [trader().pk for _ in range(USERS)], [])
    run.fire(days)
    for row in rows:
        tell(run, row, run.signals[row.minute])
    return run


class Run(NamedTuple):
    """A rule, the users who watch it, and what fired."""

    rule_id: str
    users: list[str]
    signals: list[SignalRow]

    def fire(self, days: Sequence[int]) -> None:
        """A signal a minute, alerts and suppressed ones in turn."""
        self.signals[:] = [
            decided(
                *self.users,
                rule_id=self.rule_id,
                minute=minute,
                delivered=minute % 2 == 0,
                day=day,
            )
            for minute, day in enumerate(days)
        ]


def tell(run: Run, row: Row, signal: SignalRow) -> None:
    """A label at noon, an outcome in the evening."""
    if row.kind == "label":
        label(run.users[row.user], signal.id, row.value)
    else:
        mature(signal, row.value, at=LATER)


def tell_after(run: Run, row: Row) -> None:
    """Anything that can be told, after the moment that is looked at."""
    user_id = run.users[row.user]
    if row.kind == "fired":
        fired = decided(*run.users, rule_id=run.rule_id, minute=row.minute, delivered=row.value)
        label(user_id, fired.id, "bad", market_ts=AFTER)
        return
    signal = run.signals[row.minute]
    if row.kind == "label":
        label(user_id, signal.id, row.value, market_ts=AFTER)
    elif row.kind == "outcome":
        mature(signal, row.value, at=AFTER)
    elif row.kind == "trade":
        trade(user_id, signal, row.value)
    elif (standing := labels_of(user_id, [signal.id]).get(signal.id)) is not None:
        undo(user_id=user_id, feedback_id=standing.id, market_ts=AFTER)


def trade(user_id: str, signal: SignalRow, r: float) -> None:
    """A closed trade on a signal, entered afterwards; 1 R is 1.00."""
    given = {
        "signal_id": signal.id,
        "quantity": 10.0,
        "entry_ts": signal.fired_at,
        "entry_price": 100.0,
        "stop": 99.0,
        "exit_ts": signal.fired_at + timedelta(minutes=5),
        "exit_price": 100.0 + r,
    }
    add_trade(user_id=user_id, given=given, market_ts=AFTER, latest=AFTER)


def current(run: Run) -> bytes:
    """Everything that is shown of the rule as it stands, but its name."""
    return shown(run, None)


def at(run: Run) -> bytes:
    """The same from the rows alone, as of the evening."""
    return shown(run, LATER)


def shown(run: Run, as_of: datetime | None) -> bytes:
    found = [get_rule_metrics(run.rule_id, user_id=one, as_of=as_of) for one in run.users]
    everybody = get_rule_score(run.rule_id, as_of=as_of)
    return orjson.dumps([*({**one, "ruleId": ""} for one in found), {"everybody": everybody}])


def daily(run: Run) -> list[tuple[Any, ...]]:
    rows = RuleMetricsDaily.objects.filter(rule_id=run.rule_id)
    return [rows.values_list("day", *FIGURES).get(user=user_id) for user_id in run.users]


@few_examples
@given(rows=arrivals, seed=st.integers(0, 1_000))
def test_the_order_of_arrival_does_not_matter(rows: list[Row], seed: int) -> None:
    one = arrive(rows)
    other = arrive(Random(seed).sample(rows, len(rows)))  # noqa: S311  reproducible
    assert at(one) == at(other)
    assert current(one) == current(other) == at(one)
    rollup(as_of=LATER)
    assert daily(one) == daily(other)


@few_examples
@given(rows=arrivals)
def test_the_same_rows_give_the_same_bytes(rows: list[Row]) -> None:
    run = arrive(rows)
    live, past = current(run), at(run)
    rebuild()
    assert current(run) == live
    assert at(run) == past
    rollup(as_of=LATER)
    figures = daily(run)
    assert rollup(as_of=LATER) == 0
    assert daily(run) == figures


@few_examples
@given(rows=arrivals, later=everything)
def test_a_past_moment_reads_as_it_did_whatever_is_told_later(
    rows: list[Row], later: list[Row]
) -> None:
    run = arrive(rows)
    before = at(run)
    for row in later:
        tell_after(run, row)
    assert at(run) == before
    rebuild()
    assert at(run) == before


@few_examples
@given(
    rows=arrivals,
    old=arrivals,
    days=st.tuples(*(st.integers(-75, -30) for _ in range(MINUTES))),
)
def test_what_is_older_than_the_window_is_as_if_it_had_never_been(
    rows: list[Row], old: list[Row], days: tuple[int, ...]
) -> None:
    run, alone = arrive(rows), arrive(rows)
    past = Run(run.rule_id, run.users, [])
    past.fire(days)
    for row in old:
        tell(past, row, past.signals[row.minute])
    assert at(run) == at(alone)
    assert current(run) == current(alone)
    rebuild()
    assert current(run) == current(alone)


@few_examples
@given(rows=arrivals)
def test_the_oldest_day_of_the_window_still_counts(rows: list[Row]) -> None:
    inside, outside = arrive(rows, (-29,) * MINUTES), arrive(rows, (-30,) * MINUTES)
    figures = orjson.loads(current(inside))[0]["windows"]
    assert (figures["30d"]["fired"], figures["7d"]["fired"]) == (MINUTES, 0)
    figures = orjson.loads(current(outside))[0]["windows"]
    assert (figures["30d"]["fired"], figures["7d"]["fired"]) == (0, 0)
    assert orjson.loads(current(outside))[0]["score"] == 0
