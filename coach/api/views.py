"""Alerts, their tape, and the one-click answer to them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from coach.accounts.pagination import CursorPage
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.api.alerts import alerts_of
from coach.api.feedback_json import feedback_json, target_json
from coach.api.serializers import (
    AlertPageSerializer,
    AlertQuerySerializer,
    FeedbackPageSerializer,
    FeedbackQuerySerializer,
    FeedbackRequestSerializer,
    FeedbackResultSerializer,
    TapeBarSerializer,
    UndoResultSerializer,
)
from coach.flags.services import is_active
from coach.live.alerts import alerts_json
from coach.market.columns import BarColumns
from coach.market.selectors import market_now
from coach.signals.selectors import decision_row, get_decision, get_tape
from coach.signals.tape import unpack_tape
from feedback import errors, services
from feedback.selectors import current_labels, feedback_row, get_feedback

TAPE_FLAG = "enableTapePeek"
TAPE_COLUMNS = ("ts", "open", "high", "low", "close", "volume")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 100 printable characters. The same key with the same body gives the same "
    "answer again; with another body it is refused with 409.",
)


class ConflictError(exceptions.APIException):
    """What was asked does not fit what is there."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


def refuse(error: errors.FeedbackError) -> NoReturn:
    """The refusal of the room below as an answer that names the field."""
    detail = {error.field: [error.message]}
    if isinstance(error, errors.NoDecisionError):
        raise exceptions.NotFound(detail) from error
    if isinstance(error, errors.FeedbackConflictError):
        raise ConflictError(detail) from error
    raise exceptions.ValidationError(detail) from error


def tape_json(bars: BarColumns) -> list[dict[str, float]]:
    """Microbars as the client reads them."""
    columns = [getattr(bars, name).tolist() for name in TAPE_COLUMNS]
    return [dict(zip(TAPE_COLUMNS, bar, strict=True)) for bar in zip(*columns, strict=True)]


class AlertPage(CursorPage):
    """By the user's own number, which has no holes and no ties."""

    ordering = "-n"


class AlertsView(UserView):
    """The user's alerts and what was held back."""

    @extend_schema(
        operation_id="alerts",
        parameters=[AlertQuerySerializer],
        responses=AlertPageSerializer,
        tags=["alerts"],
    )
    def get(self, request: Request) -> Response:
        """A page, newest first."""
        filters = parse(AlertQuerySerializer, request.query_params)
        pages = AlertPage()
        page = pages.paginate_queryset(alerts_of(self.user.pk, filters), request, self)
        rows = [decision_row(decision) for decision in page]
        return pages.get_paginated_response(alerts_json(rows))


class TapeView(UserView):
    """The microbars up to an alert's trigger."""

    @extend_schema(
        operation_id="alertTape", responses=TapeBarSerializer(many=True), tags=["alerts"]
    )
    def get(self, request: Request, alert_id: str) -> Response:  # noqa: ARG002
        """Oldest first; empty where none were received. 404 without the flag enableTapePeek."""
        if not is_active(TAPE_FLAG, user_id=self.user.pk):
            raise exceptions.NotFound("The flag enableTapePeek is off for you.")
        decision = get_decision(self.user.pk, alert_id)
        if decision is None:
            raise exceptions.NotFound("No alert of yours has this id.")
        tape = get_tape(decision.signal.id)
        return Response([] if tape is None else tape_json(unpack_tape(tape)))


class FeedbackPage(CursorPage):
    """Newest first."""

    ordering = "-created_at"


class FeedbackView(UserView):
    """Labels."""

    @extend_schema(
        operation_id="feedbackList",
        parameters=[FeedbackQuerySerializer],
        responses=FeedbackPageSerializer,
        tags=["feedback"],
    )
    def get(self, request: Request) -> Response:
        """The user's labels that count now, newest first."""
        filters = parse(FeedbackQuerySerializer, request.query_params)
        names = {
            "symbol": "symbol",
            "ruleId": "rule_id",
            "signalId": "signal",
            "label": "label",
        }
        wanted = {names[name]: value for name, value in filters.items() if name in names}
        rows = current_labels(user_ids=[self.user.pk]).filter(label__isnull=False, **wanted)
        pages = FeedbackPage()
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([feedback_json(feedback_row(row)) for row in page])

    @extend_schema(
        operation_id="giveFeedback",
        parameters=[IDEMPOTENCY_KEY],
        request=FeedbackRequestSerializer,
        responses={201: FeedbackResultSerializer},
        tags=["feedback"],
    )
    def post(self, request: Request) -> Response:
        """Label a signal; the answer shows what the label moved. The last label counts."""
        given = parse(FeedbackRequestSerializer, request.data)
        try:
            result = services.give_label(
                user_id=self.user.pk,
                label=given["label"],
                market_ts=market_now(),
                signal_id=given.get("signalId"),
                symbol=given.get("symbol"),
                timeframe=given.get("timeframe"),
                seq=given.get("seq"),
                rule_id=given.get("ruleId"),
                notes=given["notes"],
                idempotency_key=request.headers.get("Idempotency-Key"),
            )
        except errors.FeedbackError as error:
            refuse(error)
        assert result.feedback is not None, "a label was given"  # noqa: S101
        body = {**feedback_json(result.feedback), **result.effects}
        return Response(body, status=HTTPStatus.CREATED)


class FeedbackItemView(UserView):
    """One label."""

    @extend_schema(
        operation_id="undoFeedback",
        request=None,
        responses={200: UndoResultSerializer},
        tags=["feedback"],
    )
    def delete(self, request: Request, feedback_id: UUID) -> Response:  # noqa: ARG002
        """Undo: the label before counts again, or none."""
        undone = get_feedback(self.user.pk, feedback_id)
        try:
            result = services.undo(
                user_id=self.user.pk, feedback_id=feedback_id, market_ts=market_now()
            )
        except errors.FeedbackError as error:
            refuse(error)
        assert undone is not None, "the service found it"  # noqa: S101
        nothing: dict[str, Any] = {
            **target_json(undone),
            "id": None,
            "label": None,
            "notes": "",
            "outcomeKnown": False,
            "marketTs": None,
            "createdAt": None,
        }
        label = feedback_json(result.feedback) if result.feedback else nothing
        return Response({**label, "undone": str(feedback_id), **result.effects})
