"""A trade that is linked to a signal replaces its automatic R in the evidence of its user."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from coach.signals.records import SignalRow
from coach.signals.tests.factories import SESSION, trader
from feedback.journal.records import TradeRow
from feedback.journal.services import add_trade, change_trade, delete_trade, restore_trade
from learning.aggregates import DayCounts
from learning.loop import AGGREGATES
from learning.models import ScoreEntry
from learning.selectors import EVERYBODY, first_day_of, recount
from learning.services import get_rule_metrics, get_rule_score
from learning.tests.factories import NOON, decided, mature, matured

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"
LATER = NOON + timedelta(hours=1)


def traded(user_id: str, signal: SignalRow, r: float, **changes: Any) -> TradeRow:
    """A closed trade on the signal: 1 R is 1.00."""
    given: dict[str, Any] = {
        "signal_id": signal.id,
        "quantity": 10.0,
        "entry_ts": signal.fired_at,
        "entry_price": 100.0,
        "stop": 99.0,
        "exit_ts": signal.fired_at + timedelta(minutes=5),
        "exit_price": 100.0 + r,
    }
    return add_trade(user_id=user_id, given=given | changes, market_ts=NOON, latest=LATER)


def day(user_id: str) -> DayCounts:
    """The first session's counts, which memory, Redis and rows agree on."""
    pair = (user_id, RULE)
    rows = recount(rule_ids={RULE}, user_ids={user_id}, first_day=SESSION, last_day=SESSION)
    held = AGGREGATES.series([pair], first_day=first_day_of(NOON), activity=True)[pair]
    counted = rows.get(pair, {}).get(SESSION, DayCounts())
    assert held.get(SESSION, DayCounts()) == counted
    return counted


def steps(user_id: str) -> list[tuple[str, float]]:
    rows = ScoreEntry.objects.filter(user=user_id).order_by("pk")
    return [(row.cause, round(row.after - row.before, 4)) for row in rows]


def test_a_linked_trade_counts_instead_of_the_outcome() -> None:
    user = trader()
    signal = matured(user.pk, r=1.45)
    before = get_rule_score(RULE, user_id=user.pk, as_of=NOON)
    assert day(user.pk).r_micro == 1_450_000
    traded(user.pk, signal, -1.0)
    counts = day(user.pk)
    assert (counts.matured, counts.wins, counts.r_micro) == (1, 0, -1_000_000)
    assert (counts.events, counts.event_r_micro) == (1, 1_450_000), "the market event stays"
    score = get_rule_score(RULE, user_id=user.pk, as_of=LATER)
    assert score < before
    [entry] = ScoreEntry.objects.filter(user=user.pk, cause="trade")
    assert (entry.before, entry.after) == (before, score)
    metrics = get_rule_metrics(RULE, user_id=user.pk, as_of=LATER)
    assert metrics["windows"]["7d"]["expectancy"] == pytest.approx(-1.0)


def test_what_was_known_before_the_trade_stays_known() -> None:
    user = trader()
    signal = matured(user.pk, r=1.45)
    earlier = NOON - timedelta(minutes=1)
    before = get_rule_score(RULE, user_id=user.pk, as_of=earlier)
    trade = traded(user.pk, signal, -1.0)
    assert get_rule_score(RULE, user_id=user.pk, as_of=earlier) == before
    at_noon = get_rule_score(RULE, user_id=user.pk, as_of=NOON)
    delete_trade(user_id=user.pk, trade_id=trade.id, market_ts=LATER, wall=LATER)
    assert get_rule_score(RULE, user_id=user.pk, as_of=NOON) == at_noon
    assert get_rule_score(RULE, user_id=user.pk, as_of=LATER) == before


def test_editing_deleting_restoring_and_unlinking_move_the_score_there_and_back() -> None:
    user = trader()
    signal = matured(user.pk, r=1.45)
    trade = traded(user.pk, signal, -1.0)

    def change(trade_id: UUID, **columns: Any) -> None:
        change_trade(
            user_id=user.pk, trade_id=trade_id, change=columns, market_ts=NOON, latest=LATER
        )

    change(trade.id, exit_price=102.0)
    assert day(user.pk).r_micro == 2_000_000
    change(trade.id, notes="the same R")
    delete_trade(user_id=user.pk, trade_id=trade.id, market_ts=NOON, wall=NOON)
    assert day(user.pk).r_micro == 1_450_000
    restore_trade(user_id=user.pk, trade_id=trade.id, market_ts=NOON)
    assert day(user.pk).r_micro == 2_000_000
    change(trade.id, signal_id=None)
    assert day(user.pk).r_micro == 1_450_000
    causes = [cause for cause, _ in steps(user.pk)]
    assert causes == ["outcome", "trade", "trade", "trade", "trade", "trade"]


def test_r_is_clipped_as_every_outcome_is() -> None:
    user = trader()
    traded(user.pk, matured(user.pk, r=0.5), 9.0)
    assert day(user.pk).r_micro == 4_000_000


def test_a_trade_before_the_horizon_counts_once_the_horizon_has_passed() -> None:
    user = trader()
    signal = decided(user.pk)
    traded(user.pk, signal, -1.0)
    assert day(user.pk).matured == 0
    mature(signal, 1.45)
    assert day(user.pk).r_micro == -1_000_000
    assert [cause for cause, move in steps(user.pk) if move < 0] == ["outcome"]


def test_a_trade_on_a_signal_without_outcome_is_evidence() -> None:
    user = trader()
    signal = decided(user.pk)
    mature(signal, None)
    assert day(user.pk).matured == 0
    traded(user.pk, signal, 1.0)
    assert (day(user.pk).matured, day(user.pk).r_micro) == (1, 1_000_000)
    assert day(user.pk).events == 0


def test_an_open_trade_and_one_without_alert_change_nothing() -> None:
    user = trader()
    signal = matured(user.pk, r=1.45)
    traded(user.pk, signal, 0.0, exit_ts=None, exit_price=None)
    traded(user.pk, signal, -1.0, signal_id=None, symbol="SPY", side="long")
    assert day(user.pk).r_micro == 1_450_000
    assert [cause for cause, _ in steps(user.pk)] == ["outcome"]


def test_the_others_see_the_market_event_not_the_trade() -> None:
    user, other = trader(), trader()
    signal = matured(user.pk, other.pk, r=1.45)
    before = get_rule_score(RULE, user_id=other.pk, as_of=LATER)
    pool = [(EVERYBODY, RULE)]
    everybody = AGGREGATES.series(pool, first_day=first_day_of(NOON))
    traded(user.pk, signal, -1.0)
    assert get_rule_score(RULE, user_id=other.pk, as_of=LATER) == before
    assert AGGREGATES.series(pool, first_day=first_day_of(NOON)) == everybody
    assert day(other.pk).r_micro == 1_450_000
