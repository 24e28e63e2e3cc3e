"""Golden cases over HTTP: the corpus, candidates, and the promotion of a run."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backtest.request import RequestError
from backtest.selectors import NotDoneError
from backtest.views import BusyError, ConflictError
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.market.views import FastJSONRenderer
from golden import selectors, services
from golden.serializers import (
    CandidateSerializer,
    CaseDetailSerializer,
    FileQuerySerializer,
    OverviewSerializer,
    PromotionSerializer,
)
from golden.services import NameTakenError, TooManyError, TooWeakError
from golden.stretch import StaleRunError, Wish


class WeakCaseError(APIException):
    """The case would notice too few faults; one error for the rate, one for each survivor."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "kill_rate"

    def __init__(self, error: TooWeakError) -> None:
        super().__init__(str(error))
        self.detail = [
            ErrorDetail(str(error), code="kill_rate"),
            *(ErrorDetail(each, code="survivor") for each in error.report.survivors),
        ]


class PromoteView(UserView):
    """Promotion."""

    renderer_classes = (FastJSONRenderer,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "run"

    @extend_schema(
        operation_id="promoteGolden",
        request=PromotionSerializer,
        responses={
            201: CandidateSerializer,
            422: OpenApiResponse(description="Kills too few mutants; the survivors are named."),
        },
        tags=["golden"],
    )
    def post(self, request: Request) -> Response:
        """Make a candidate of a finished run's rule; faults are planted to see what it notices."""
        given = parse(PromotionSerializer, request.data)
        wish = Wish(
            given["ruleId"], given["name"], given["notes"], given.get("from"), given.get("to")
        )
        try:
            candidate = services.propose(user_id=self.user.pk, run_id=given["runId"], wish=wish)
        except services.UnknownRunError as error:
            raise NotFound("There is no such run.") from error
        except NameTakenError as error:
            raise ValidationError({"name": [str(error)]}, code="unique") from error
        except RequestError as error:
            raise ValidationError({error.field: [error.message]}) from error
        except (NotDoneError, StaleRunError) as error:
            raise ConflictError(str(error)) from error
        except TooManyError as error:
            raise BusyError(str(error)) from error
        except TooWeakError as error:
            raise WeakCaseError(error) from error
        row = selectors.candidate_json(candidate, as_of=timezone.now())
        return Response(row, status=HTTPStatus.CREATED)


class GoldenView(UserView):
    """The corpus."""

    renderer_classes = (FastJSONRenderer,)

    @extend_schema(operation_id="golden", responses=OverviewSerializer, tags=["golden"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every case and the user's candidates, each with its run on the installed evaluator."""
        return Response(selectors.overview(self.user.pk, as_of=timezone.now()))


class CaseView(UserView):
    """A case."""

    renderer_classes = (FastJSONRenderer,)

    @extend_schema(
        operation_id="goldenCase",
        parameters=[FileQuerySerializer],
        responses={
            200: CaseDetailSerializer,
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
        },
        tags=["golden"],
    )
    def get(self, request: Request, name: str) -> Response | HttpResponse:
        """A case or candidate with its bars; with `?download=1` the fixture file, byte for byte."""
        if parse(FileQuerySerializer, request.query_params)["download"]:
            text = selectors.text_of(self.user.pk, name)
            if text is None:
                raise NotFound("There is no such case.")
            disposition = {"Content-Disposition": f'attachment; filename="{name}.json"'}
            return HttpResponse(text, content_type="application/json", headers=disposition)
        found = selectors.find(self.user.pk, name, as_of=timezone.now())
        if found is None:
            raise NotFound("There is no such case.")
        return Response(found)
