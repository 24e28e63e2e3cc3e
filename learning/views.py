"""What a rule is worth to the user, and how it came to that."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from coach.accounts.pagination import CursorPage
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.engine.registry import RULES
from coach.market.selectors import market_now
from learning.payload import metrics_payload, step_payload
from learning.review import calibrations, review
from learning.rollup import rollup
from learning.selectors import score_steps
from learning.serializers import (
    CalibrationQuerySerializer,
    MetricsQuerySerializer,
    ReviewQuerySerializer,
    RollupRequestSerializer,
    RollupSerializer,
    RuleCalibrationSerializer,
    RuleMetricsSerializer,
    RuleReviewSerializer,
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


class RuleCalibrationView(UserView):
    """How often a confidence was right."""

    @extend_schema(
        operation_id="ruleCalibration",
        parameters=[CalibrationQuerySerializer],
        responses=RuleCalibrationSerializer(many=True),
        tags=["rules"],
    )
    def get(self, request: Request) -> Response:
        """The user's hits by tenths of confidence; without `ruleId` of every rule."""
        given = parse(CalibrationQuerySerializer, request.query_params)
        rule_ids = asked_rules(given.get("ruleId"))
        return Response(calibrations(self.user.pk, rule_ids, as_of=market_now()))


class RuleReviewView(UserView):
    """A rule against its outcomes."""

    @extend_schema(
        operation_id="ruleReview",
        parameters=[ReviewQuerySerializer],
        responses=RuleReviewSerializer,
        tags=["rules"],
    )
    def get(self, request: Request) -> Response:
        """Calibration, labels against outcomes, and what each gate saved and cost."""
        given = parse(ReviewQuerySerializer, request.query_params)
        (rule_id,) = asked_rules(given["ruleId"])
        return Response(review(self.user.pk, rule_id, as_of=market_now()))


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


class RollupView(UserView):
    """The daily table, counted afresh by hand."""

    permission_classes = (IsAdminUser,)

    @extend_schema(
        operation_id="rollup",
        request=RollupRequestSerializer,
        responses=RollupSerializer,
        tags=["rules"],
    )
    def post(self, request: Request) -> Response:
        """Count the last days afresh, as the night does; staff only."""
        days = parse(RollupRequestSerializer, request.data)["days"]
        as_of = market_now()
        rows = rollup(days=days, as_of=as_of)
        return Response({"days": days, "rows": rows, "asOf": as_of.isoformat()})
