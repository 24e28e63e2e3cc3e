"""The trade journal over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from coach.accounts.pagination import CursorPage
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.market.selectors import market_now
from feedback.journal import errors, services
from feedback.journal.import_serializers import (
    ImportReportSerializer,
    ImportRequestSerializer,
    report_json,
)
from feedback.journal.importing import import_trades
from feedback.journal.records import TradeRow
from feedback.journal.selectors import TradeFilter, trade_row, trades_of, with_excursions
from feedback.journal.serializers import (
    NAMES,
    NO_RULE,
    TradeChangeSerializer,
    TradePageSerializer,
    TradeRequestSerializer,
    TradeSerializer,
    TradesQuerySerializer,
    trade_json,
)
from feedback.journal.stats import stats_json
from feedback.journal.stats_serializers import StatsQuerySerializer, StatsSerializer


class ConflictError(exceptions.APIException):
    """What was asked does not fit what is there."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


def refuse(error: errors.JournalError) -> NoReturn:
    """The refusal of the service as an answer that names the field."""
    if isinstance(error, errors.UnknownTradeError):
        raise exceptions.NotFound({error.field: [error.message]}) from error
    if isinstance(error, errors.TradeConflictError):
        raise ConflictError({error.field: [error.message]}) from error
    if isinstance(error, errors.InvalidTradeError):
        problems = {name: [text] for name, text in error.problems.items()}
        raise exceptions.ValidationError(problems) from error
    raise exceptions.ValidationError({"csv": [str(error)]}) from error


def latest() -> datetime:
    """The end of the present: a replay's market lags behind the wall, a fast one runs ahead."""
    return max(market_now(), timezone.now())


def columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """A request's fields as columns of a trade."""
    known = {NAMES[name]: value for name, value in given.items() if name in NAMES}
    if "tags" in known:
        known["tags"] = tuple(dict.fromkeys(known["tags"]))
    return known


def trade_filter(given: Mapping[str, Any]) -> TradeFilter:
    """A query's filters."""
    rule_id = given.get("ruleId")
    signal_id = given.get("signalId")
    return TradeFilter(
        symbol=given.get("symbol"),
        side=given.get("side"),
        rule_id="" if rule_id == NO_RULE else rule_id,
        tag=given.get("tag"),
        planned=given.get("planned"),
        closed=given.get("closed"),
        start=_moment(given.get("from")),
        end=_moment(given.get("to")),
        text=given.get("q"),
        signal_ids=None if signal_id is None else [signal_id],
    )


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)


class TradePage(CursorPage):
    """Newest entry first; a trade entered at the same moment by its key."""

    ordering = ("-entry_ts", "-id")


class TradesView(UserView):
    """The user's trades."""

    @extend_schema(
        operation_id="trades",
        parameters=[TradesQuerySerializer],
        responses=TradePageSerializer,
        tags=["journal"],
    )
    def get(self, request: Request) -> Response:
        """A page, newest entry first, with R, MFE and MAE."""
        given = parse(TradesQuerySerializer, request.query_params)
        pages = TradePage()
        page = pages.paginate_queryset(trades_of(self.user.pk, trade_filter(given)), request, self)
        now = market_now()
        rows = [with_excursions(trade_row(trade), as_of=now) for trade in page]
        return pages.get_paginated_response([trade_json(row) for row in rows])

    @extend_schema(
        operation_id="addTrade",
        request=TradeRequestSerializer,
        responses={201: TradeSerializer},
        tags=["journal"],
    )
    def post(self, request: Request) -> Response:
        """Keep a trade; one taken on an alert replaces its automatic outcome in the score."""
        given = parse(TradeRequestSerializer, request.data)
        try:
            row = services.add_trade(
                user_id=self.user.pk,
                given=columns(given),
                market_ts=market_now(),
                latest=latest(),
            )
        except errors.JournalError as error:
            refuse(error)
        return Response(_shown(row), status=HTTPStatus.CREATED)


class TradeView(UserView):
    """One trade."""

    @extend_schema(
        operation_id="changeTrade",
        request=TradeChangeSerializer,
        responses=TradeSerializer,
        tags=["journal"],
    )
    def patch(self, request: Request, trade_id: UUID) -> Response:
        """Change what is named; `deleted` false brings a deleted trade back."""
        given = parse(TradeChangeSerializer, request.data, partial=True)
        try:
            if "deleted" in given:
                row = services.restore_trade(
                    user_id=self.user.pk, trade_id=trade_id, market_ts=market_now()
                )
            else:
                row = services.change_trade(
                    user_id=self.user.pk,
                    trade_id=trade_id,
                    change=columns(given),
                    market_ts=market_now(),
                    latest=latest(),
                )
        except errors.JournalError as error:
            refuse(error)
        return Response(_shown(row))

    @extend_schema(
        operation_id="deleteTrade",
        request=None,
        responses={204: OpenApiResponse(description="It is out of the journal.")},
        tags=["journal"],
    )
    def delete(self, request: Request, trade_id: UUID) -> Response:  # noqa: ARG002
        """Take a trade out; PATCH with `deleted` false undoes it."""
        try:
            services.delete_trade(
                user_id=self.user.pk,
                trade_id=trade_id,
                market_ts=market_now(),
                wall=timezone.now(),
            )
        except errors.JournalError as error:
            refuse(error)
        return Response(status=HTTPStatus.NO_CONTENT)


def _shown(row: TradeRow) -> dict[str, Any]:
    return trade_json(with_excursions(row, as_of=market_now()))


class ImportView(UserView):
    """A broker's file."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "run"

    @extend_schema(
        operation_id="importTrades",
        request=ImportRequestSerializer,
        responses={200: ImportReportSerializer, 201: ImportReportSerializer},
        tags=["journal"],
    )
    def post(self, request: Request) -> Response:
        """What becomes of each line; with `save` everything is kept (201), or nothing (400 names
        `rows.LINE.FIELD`). The same file again changes nothing."""
        given = parse(ImportRequestSerializer, request.data)
        try:
            report = import_trades(
                user_id=self.user.pk,
                text=given["csv"],
                zone=given["timezone"],
                link=given["linkAlerts"],
                save=given["save"],
                market_ts=market_now(),
                latest=latest(),
            )
        except errors.JournalError as error:
            refuse(error)
        status = HTTPStatus.CREATED if report.saved else HTTPStatus.OK
        return Response(report_json(report), status=status)


class StatsView(UserView):
    """What the trades came to."""

    @extend_schema(
        operation_id="journalStats",
        parameters=[StatsQuerySerializer],
        responses=StatsSerializer,
        tags=["journal"],
    )
    def get(self, request: Request) -> Response:
        """R by day, its distribution, and the expectancy by rule, hour, weekday, regime, tag and
        plan, each with n and a 95 % interval."""
        given = parse(StatsQuerySerializer, request.query_params)
        return Response(stats_json(self.user.pk, trade_filter(given), as_of=market_now()))
