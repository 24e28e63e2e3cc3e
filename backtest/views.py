"""Backtests over HTTP: ask for a run, follow it, read it, export it; presets and sweeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import ScopedRateThrottle

from backtest import results, selectors, services
from backtest.export import csv_lines
from backtest.models import Run
from backtest.result_serializers import (
    PresetSerializer,
    RunPageSerializer,
    RunSerializer,
    TriggerPageSerializer,
)
from backtest.serializers import (
    ExportQuerySerializer,
    PresetRequestSerializer,
    RunRequestSerializer,
    RunsQuerySerializer,
    SweepRequestSerializer,
    TriggersQuerySerializer,
    WaitSerializer,
)
from backtest.waiting import wait_for_end
from backtest.window import canonical
from coach.accounts.pagination import CursorPage
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.market.views import FastJSONRenderer

NOT_YET = "This run has no result: it is {}."


class ConflictError(APIException):
    """What was asked does not fit what is there."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class BusyError(APIException):
    """The user has as much under way as he may."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS
    default_code = "too_many"


class AskingView(UserView):
    """Takes on a run and, asked to, waits for its end."""

    renderer_classes = (FastJSONRenderer,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "run"

    def take_on(
        self, request: Request, asked: Serializer[Any], create: Callable[[], Run]
    ) -> Response:
        """Check all that is asked, then keep the run."""
        parse(WaitSerializer, request.query_params)
        asked.is_valid(raise_exception=True)
        try:
            run = create()
        except services.TooManyError as error:
            raise BusyError(str(error)) from error
        return self.answer(run, request)

    def answer(self, run: Run, request: Request) -> Response:
        """202 at once; with `?wait=` 200 and the run whole, if it ends in time."""
        seconds = parse(WaitSerializer, request.query_params)["wait"]
        if seconds and self._ended(run, seconds):
            run.refresh_from_db()
            return Response(selectors.run_json(run, whole=True))
        return Response(selectors.run_json(run), status=HTTPStatus.ACCEPTED)

    def _ended(self, run: Run, seconds: float) -> bool:
        try:
            return wait_for_end(run.pk, seconds=seconds)
        except RedisError:
            # Nothing can be waited for; the run is taken on all the same, and 202 says so.
            return False


TAKEN_ON = {
    200: RunSerializer,
    202: OpenApiResponse(RunSerializer, description="Taken on; not ended yet."),
}


class RunRequestView(AskingView):
    """Runs."""

    @extend_schema(
        operation_id="backtestRun",
        parameters=[WaitSerializer],
        request=RunRequestSerializer,
        responses=TAKEN_ON,
        tags=["backtest"],
    )
    def post(self, request: Request) -> Response:
        """Ask for a backtest; a worker does it."""
        asked = RunRequestSerializer(data=request.data)
        create = partial(services.create_run, user_id=self.user.pk)
        return self.take_on(request, asked, lambda: create(request=asked.run_request()))


class SweepRequestView(AskingView):
    """Sweeps."""

    @extend_schema(
        operation_id="backtestSweep",
        parameters=[WaitSerializer],
        request=SweepRequestSerializer,
        responses=TAKEN_ON,
        tags=["backtest"],
    )
    def post(self, request: Request) -> Response:
        """Ask for a sweep over a grid of parameters, also walked forward."""
        asked = SweepRequestSerializer(data=request.data)
        create = partial(services.create_sweep, user_id=self.user.pk)
        return self.take_on(request, asked, lambda: create(request=asked.sweep_request()))


class RunPage(CursorPage):
    """Newest first."""

    ordering = "-id"


class RunsView(UserView):
    """The user's runs."""

    renderer_classes = (FastJSONRenderer,)

    @extend_schema(
        operation_id="backtestRuns",
        parameters=[RunsQuerySerializer],
        responses=RunPageSerializer,
        tags=["backtest"],
    )
    def get(self, request: Request) -> Response:
        """A page of runs and sweeps, without their results."""
        parse(RunsQuerySerializer, request.query_params)
        pages = RunPage()
        page = pages.paginate_queryset(selectors.runs_of(self.user.pk), request, self)
        return pages.get_paginated_response([selectors.run_json(run) for run in page])


class OneRunView(UserView):
    """For views about a run of the user's."""

    def run(self, run_id: str) -> Run:
        """The run.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        found = selectors.get_run(self.user.pk, run_id)
        if found is None:
            raise NotFound("There is no such run.")
        return found

    def done(self, run_id: str) -> Run:
        """The run, which has its result.

        Raises:
            NotFound: there is none, or it is somebody else's.
            ConflictError: it has not ended well, or is a sweep.
        """
        run = self.run(run_id)
        if run.run_key is None:
            raise ConflictError(NOT_YET.format(run.status))
        if run.kind == Run.Kind.SWEEP:
            raise ConflictError("A sweep has no triggers; run the variant.")
        return run


class RunView(OneRunView):
    """A run."""

    renderer_classes = (FastJSONRenderer,)

    @extend_schema(operation_id="backtestRunItem", responses=RunSerializer, tags=["backtest"])
    def get(self, request: Request, run_id: str) -> Response:  # noqa: ARG002
        """The run with its result, if it is done."""
        return Response(selectors.run_json(self.run(run_id), whole=True))

    @extend_schema(
        operation_id="cancelBacktest",
        request=None,
        responses={
            200: OpenApiResponse(RunSerializer, description="It was under way: cancelled."),
            204: OpenApiResponse(description="It had ended: forgotten."),
        },
        tags=["backtest"],
    )
    def delete(self, request: Request, run_id: str) -> Response:  # noqa: ARG002
        """Cancel a run that is under way; forget one that has ended."""
        run = self.run(run_id)
        if services.cancel_run(run=run):
            run.refresh_from_db()
            return Response(selectors.run_json(run))
        run.refresh_from_db()
        services.delete_run(run=run)
        return Response(status=HTTPStatus.NO_CONTENT)


class TriggersView(OneRunView):
    """A run's triggers."""

    renderer_classes = (FastJSONRenderer,)

    @extend_schema(
        operation_id="backtestTriggers",
        parameters=[TriggersQuerySerializer],
        responses=TriggerPageSerializer,
        tags=["backtest"],
    )
    def get(self, request: Request, run_id: str) -> Response:
        """A page of triggers, in order of time and rule."""
        query = parse(TriggersQuerySerializer, request.query_params)
        run, first, limit = self.done(run_id), query["cursor"], query["limit"]
        rows = selectors.triggers_page(run, first=first, limit=limit + 1)
        return Response(
            {
                "next": _page(request, first + limit, limit) if len(rows) > limit else None,
                "previous": _page(request, max(0, first - limit), limit) if first else None,
                "results": rows[:limit],
            }
        )


def _page(request: Request, cursor: int, limit: int) -> str:
    return request.build_absolute_uri(f"{request.path}?cursor={cursor}&limit={limit}")


class AsAsked(BaseContentNegotiation):
    """`format` is a parameter of the export, not a choice among renderers."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Any,  # noqa: ANN401 - DRF's
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        """The first renderer, for errors; the file is made by hand."""
        return renderers[0], renderers[0].media_type


class ExportView(OneRunView):
    """A run as a file."""

    renderer_classes = (FastJSONRenderer,)
    content_negotiation_class = AsAsked

    @extend_schema(
        operation_id="exportBacktest",
        parameters=[ExportQuerySerializer],
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, "text/csv"): str},
        tags=["backtest"],
    )
    def get(self, request: Request, run_id: str) -> HttpResponse:
        """Every trigger as CSV, or the whole canonical result as JSON."""
        kind = parse(ExportQuerySerializer, request.query_params)["format"]
        run = self.done(run_id)
        assert run.run_key is not None  # noqa: S101 - done() says so
        body = _csv(run.run_key) if kind == "csv" else _json(run.run_key)
        media = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
        name = f"backtest-{run.request['symbol'].replace(':', '')}-{run.run_key[:8]}.{kind}"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(body, content_type=media, headers=disposition)


def _csv(run_key: str) -> bytes:
    return "".join(csv_lines(results.pages_of(run_key))).encode()


def _json(run_key: str) -> bytes:
    """The canonical result with all of its triggers."""
    found = results.summary_of(run_key)
    if found is None:
        raise NotFound("The result of this run was pruned; run it again.")
    pages = list(results.pages_of(run_key))
    rows: list[dict[str, Any]] = list(chain.from_iterable(page.rows() for page in pages))
    return canonical(found | {"triggers": rows})


class PresetsView(UserView):
    """Presets."""

    @extend_schema(
        operation_id="backtestPresets", responses=PresetSerializer(many=True), tags=["backtest"]
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The shipped presets, on the last sessions that there are, and the user's own."""
        return Response(selectors.presets_of(self.user.pk))

    @extend_schema(
        operation_id="saveBacktestPreset",
        request=PresetRequestSerializer,
        responses={201: PresetSerializer},
        tags=["backtest"],
    )
    def post(self, request: Request) -> Response:
        """Keep a request under a name of one's own."""
        given: Mapping[str, Any] = parse(PresetRequestSerializer, request.data)
        try:
            preset = services.save_preset(
                user_id=self.user.pk,
                name=given["name"],
                description=given["description"],
                request=given["request"],
            )
        except services.PresetExistsError as error:
            raise ValidationError({"name": [str(error)]}, code="unique") from error
        except services.TooManyError as error:
            raise BusyError(str(error)) from error
        return Response(selectors.preset_json(preset), status=HTTPStatus.CREATED)


class PresetView(UserView):
    """A preset of the user's."""

    @extend_schema(
        operation_id="deleteBacktestPreset",
        request=None,
        responses={204: OpenApiResponse(description="Forgotten.")},
        tags=["backtest"],
    )
    def delete(self, request: Request, preset_id: str) -> Response:  # noqa: ARG002
        """Forget it. The shipped ones stay."""
        if not services.delete_preset(user_id=self.user.pk, preset_id=preset_id):
            raise NotFound("You have no such preset.")
        return Response(status=HTTPStatus.NO_CONTENT)
