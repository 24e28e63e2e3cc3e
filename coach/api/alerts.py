"""Which alerts a user asked for: decisions of one room, filtered by labels of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from coach.signals.selectors import decisions_of
from feedback.selectors import current_labels

UNLABELLED = "none"
# What a label says against what the market said.
DISAGREE = Q(label="good", signal__outcome_verdict="bad") | Q(
    label="bad", signal__outcome_verdict="good"
)


def alerts_of(user_id: str, filters: Mapping[str, Any]) -> QuerySet[Any]:
    """A user's decisions, newest first; `filters` as validated by `AlertQuerySerializer`."""
    decisions = decisions_of(
        user_id,
        symbol=filters.get("symbol"),
        rule_id=filters.get("ruleId"),
        delivered=filters.get("delivered"),
        before=filters.get("before"),
        after_n=filters.get("afterN"),
    )
    decisions = _matured(decisions, filters.get("matured"))
    decisions = _disagreeing(user_id, decisions, filters.get("disagrees"))
    label = filters.get("label")
    if label is None:
        return decisions
    labels = current_labels(user_ids=[user_id]).filter(signal=OuterRef("signal"))
    if label == UNLABELLED:
        return decisions.filter(~Exists(labels.filter(label__isnull=False)))
    return decisions.filter(Exists(labels.filter(label=label)))


def _matured(decisions: QuerySet[Any], wanted: bool | None) -> QuerySet[Any]:  # noqa: FBT001
    if wanted is None:
        return decisions
    return decisions.filter(signal__matured_at__isnull=not wanted)


def _disagreeing(
    user_id: str,
    decisions: QuerySet[Any],
    wanted: bool | None,  # noqa: FBT001
) -> QuerySet[Any]:
    """Those whose label the outcome contradicts, or all others."""
    if wanted is None:
        return decisions
    labels = current_labels(user_ids=[user_id]).filter(DISAGREE, signal=OuterRef("signal"))
    return decisions.filter(Exists(labels) if wanted else ~Exists(labels))
