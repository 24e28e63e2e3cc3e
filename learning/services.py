"""What other rooms ask of the learning loop."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from coach.market.selectors import market_now
from learning.loop import AGGREGATES, current_views
from learning.payload import metrics_payload
from learning.selectors import RuleView, views_from_rows

__all__ = ["current_views", "get_rule_metrics", "get_rule_score", "get_rule_views", "rebuild"]


def get_rule_views(
    pairs: Collection[tuple[str | None, str]], *, as_of: datetime | None = None
) -> dict[tuple[str | None, str], RuleView]:
    """What is known of each (user, rule): as of a past moment of market time from the rows, else
    as it stands from the aggregates. Without a user: all users' evidence together."""
    if as_of is not None:
        return views_from_rows(pairs, as_of=as_of)
    return current_views(pairs, now=market_now(), activity=True)


def get_rule_score(
    rule_id: str, *, user_id: str | None = None, as_of: datetime | None = None
) -> float:
    """The score of a rule in [-1, +1], for a user or of all users' evidence together.

    `as_of` is market time; what arrived later does not count. Without it, the score as it stands.
    """
    return get_rule_views([(user_id, rule_id)], as_of=as_of)[user_id, rule_id].score.score


def get_rule_metrics(
    rule_id: str, *, user_id: str, as_of: datetime | None = None
) -> dict[str, Any]:
    """A user's windows and score of a rule as `GET /api/rules/metrics` gives them."""
    return metrics_payload(get_rule_views([(user_id, rule_id)], as_of=as_of)[user_id, rule_id])


def rebuild() -> None:
    """Have every process count all aggregates afresh from the rows when it next reads them."""
    AGGREGATES.rebuild()
