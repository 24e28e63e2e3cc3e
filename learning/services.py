"""What other rooms ask of the learning loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from coach.market.selectors import market_now
from learning.payload import metrics_payload
from learning.selectors import RuleView, views_from_rows


def get_rule_views(
    pairs: Collection[tuple[str | None, str]], *, as_of: datetime | None = None
) -> Mapping[tuple[str | None, str], RuleView]:
    """What is known of each (user, rule): now, or as of a past moment of market time.

    Without a user: all users' evidence together.
    """
    return views_from_rows(pairs, as_of=as_of or market_now())


def get_rule_score(
    rule_id: str, *, user_id: str | None = None, as_of: datetime | None = None
) -> float:
    """The score of a rule in [-1, +1], for a user or of all users' evidence together.

    `as_of` is market time; without it, now.
    """
    return get_rule_views([(user_id, rule_id)], as_of=as_of)[user_id, rule_id].score.score


def get_rule_metrics(
    rule_id: str, *, user_id: str | None = None, as_of: datetime | None = None
) -> dict[str, Any]:
    """A rule's windows and score as `GET /api/rules/metrics` gives them."""
    return metrics_payload(get_rule_views([(user_id, rule_id)], as_of=as_of)[user_id, rule_id])
