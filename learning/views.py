"""What a rule is worth to the user, and how it came to that."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from coach.accounts.pagination import CursorPage
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.engine.registry import RULES
from learning.payload import metrics_payload, step_payload
from learning.selectors import score_steps
from learning.serializers import (
    MetricsQuerySerializer,
    RuleMetricsSerializer,
    ScorePageSerializer,
    ScoresQuerySerializer,
)
from learning.services import get_rule_views

ONE_OR_ALL = PolymorphicProxySerializer(
    component_name="RuleMetricsOneOrAll",
    serializers=[RuleMetricsSerializer, RuleMetricsSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)


def asked_rules(rule_id: str | None) -> list[str]:
    """The rule asked for, or every rule.

    Raises:
        NotFound: there is no such rule.
    """
    if rule_id is None:
        return list(RULES)
    if rule_id not in RULES:
        raise NotFound(f"No rule is named {rule_id!r}; there are {', '.join(RULES)}.")
    return [rule_id]


class RuleMetricsView(UserView):
    """Windows and score."""

    @extend_schema(
        operation_id="ruleMetrics",
        parameters=[MetricsQuerySerializer],
        responses=ONE_OR_ALL,
        tags=["rules"],
    )
    def get(self, request: Request) -> Response:
        """The user's 7 and 30 days of a rule; without `ruleId` an array of all rules."""
        given = parse(MetricsQuerySerializer, request.query_params)
        pairs = [(self.user.pk, rule_id) for rule_id in asked_rules(given.get("ruleId"))]
        views = get_rule_views(pairs, as_of=given.get("asOf"))
        found = [metrics_payload(views[pair]) for pair in pairs]
        return Response(found[0] if "ruleId" in given else found)


class ScorePage(CursorPage):
    """Newest first."""

    ordering = "-id"


class RuleScoresView(UserView):
    """The score's history."""

    @extend_schema(
        operation_id="ruleScores",
        parameters=[ScoresQuerySerializer],
        responses=ScorePageSerializer,
        tags=["rules"],
    )
    def get(self, request: Request) -> Response:
        """What moved the user's scores, from what to what; newest first."""
        given = parse(ScoresQuerySerializer, request.query_params)
        steps = score_steps(
            self.user.pk,
            rule_id=given.get("ruleId"),
            start=_moment(given.get("from")),
            end=_moment(given.get("to")),
        )
        pages = ScorePage()
        page = pages.paginate_queryset(steps, request, self)
        return pages.get_paginated_response([step_payload(step) for step in page])


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
