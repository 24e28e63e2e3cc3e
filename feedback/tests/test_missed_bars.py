"""A trader marks a bar on which a rule should have fired: it counts for recall alone."""

from __future__ import annotations

from typing import Any

import pytest

from coach.market.services import upsert_bars
from coach.market.tests.factories import InstrumentFactory, minute_bars
from coach.signals.tests.factories import OPEN_MS, SESSION, trader
from feedback.errors import FeedbackError, InvalidFeedbackError, NoDecisionError
from feedback.services import LabelResult, give_label, undo
from feedback.tests.factories import NOON, decided
from learning.aggregates import DayCounts
from learning.selectors import recount
from learning.services import get_rule_score

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"
SEQ = OPEN_MS // 60_000


@pytest.fixture
def user() -> str:
    InstrumentFactory.create(symbol="SPY")
    upsert_bars(symbol="SPY", timeframe="1m", bars=minute_bars(OPEN_MS, 10))
    return trader().pk


def mark(user_id: str, **changes: Any) -> LabelResult:
    arguments: dict[str, Any] = {
        "user_id": user_id,
        "symbol": "SPY",
        "seq": SEQ,
        "rule_id": RULE,
        "label": "missed",
        "market_ts": NOON,
    }
    return give_label(**arguments | changes)


def counts(user_id: str) -> DayCounts | None:
    found = recount(rule_ids=None, user_ids=None, first_day=SESSION, last_day=SESSION)
    return found.get((user_id, RULE), {}).get(SESSION)


def test_a_bar_may_be_marked_and_the_mark_taken_back(user: str) -> None:
    marked = mark(user).feedback
    assert marked is not None
    assert (marked.signal_id, marked.delivered, marked.session_date) == (None, None, SESSION)
    assert counts(user) == DayCounts(missed=1)
    assert get_rule_score(RULE, user_id=user) == 0.0
    assert undo(user_id=user, feedback_id=marked.id, market_ts=NOON).feedback is None
    assert counts(user) is None


def test_bars_of_higher_timeframes_may_be_marked(user: str) -> None:
    marked = mark(user, timeframe="5m", seq=OPEN_MS // 300_000).feedback
    assert marked is not None
    assert marked.timeframe == "5m"


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"seq": SEQ + 10}, NoDecisionError, "seq"),
        ({"seq": SEQ - 1}, NoDecisionError, "seq"),
        ({"seq": 2**53}, NoDecisionError, "seq"),
        ({"seq": 0}, NoDecisionError, "seq"),
        ({"symbol": "QQQ"}, NoDecisionError, "symbol"),
        ({"rule_id": "nonsense"}, NoDecisionError, "ruleId"),
        ({"timeframe": "2m"}, InvalidFeedbackError, "timeframe"),
        ({"label": "good"}, NoDecisionError, "seq"),
    ],
)
def test_what_is_no_bar_of_a_rule_is_refused_by_name(
    user: str, changes: dict[str, Any], error: type[FeedbackError], field: str
) -> None:
    with pytest.raises(error) as refused:
        mark(user, **changes)
    assert refused.value.field == field
    assert counts(user) is None


def test_a_signal_of_somebody_else_is_no_bar_without_a_signal(user: str) -> None:
    decided(trader().pk)
    with pytest.raises(NoDecisionError, match="signalId"):
        mark(user)
