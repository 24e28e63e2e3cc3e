"""Which alerts a user asked for: decisions of one room, filtered by labels of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from coach.signals.selectors import decisions_of
from feedback.selectors import current_labels

UNLABELLED = "none"


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
    label = filters.get("label")
    if label is None:
        return decisions
    labels = current_labels(user_ids=[user_id]).filter(signal=OuterRef("signal"))
    if label == UNLABELLED:
        return decisions.filter(~Exists(labels.filter(label__isnull=False)))
    return decisions.filter(Exists(labels.filter(label=label)))
