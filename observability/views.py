"""Metrics, promises, samples and health over HTTP."""

from __future__ import annotations

import time
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer
from rest_framework.views import APIView

from observability import health
from observability.peers import is_local
from observability.requests import received_ms
from observability.samples import seconds_to_wait, take
from observability.scrape import exposition
from observability.selectors import current_report, series
from observability.serializers import (
    MOST_SAMPLES,
    EchoSerializer,
    PointSerializer,
    SampleSerializer,
    SeriesQuerySerializer,
    SloSerializer,
    percentiles_json,
    report_json,
    sample_of,
)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The house can work: 200, or 503 with the reasons."""
    answers = health.readiness()
    ready = not any(answers.values())
    checks = {name: reason or "ok" for name, reason in answers.items()}
    body = {"status": "ready" if ready else "not ready", "checks": checks}
    return JsonResponse(body, status=200 if ready else 503)


class IsOperator(BasePermission):
    """A user with the permission, or whoever sits at this machine without a proxy between."""

    message = "Only for operators (permission accounts.view_metrics), or from this machine."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Whether `/metrics` may be read."""
        local = is_local(request.META.get("REMOTE_ADDR"), request.headers)
        return local or request.user.has_perm("accounts.view_metrics")


class MetricsView(APIView):
    """The Prometheus text."""

    permission_classes = (IsOperator,)

    @extend_schema(
        operation_id="metrics",
        responses={(200, "text/plain"): str},
        tags=["operation"],
    )
    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        """Every metric of every process on this machine."""
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


class SloView(APIView):
    """Percentiles of the last hour and how the promises stand."""

    @extend_schema(operation_id="slo", responses=SloSerializer, tags=["operation"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """At most two seconds old."""
        return Response(report_json(current_report()))


class SloSeriesView(APIView):
    """A measure, minute by minute."""

    @extend_schema(
        operation_id="sloSeries",
        parameters=[SeriesQuerySerializer],
        responses=PointSerializer(many=True),
        tags=["operation"],
    )
    def get(self, request: Request) -> Response:
        """Minutes without samples are left out."""
        query = SeriesQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        points = series(asked["measure"], minutes=asked["minutes"], now=time.time())
        return Response([{"ts": start * 1000, **percentiles_json(p)} for start, p in points])


class RttView(APIView):
    """Samples of a browser, answered with the server's clock."""

    @extend_schema(
        operation_id="sendSamples",
        request=PolymorphicProxySerializer(
            component_name="Samples",
            serializers=[SampleSerializer, SampleSerializer(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: EchoSerializer, 429: OpenApiResponse(description="Too many samples.")},
        tags=["operation"],
    )
    def post(self, request: Request) -> Response:
        """One sample or up to fifty; each is counted once."""
        given = _validated(request.data)
        wait = seconds_to_wait(str(request.user.pk), len(given))
        if wait:
            raise Throttled(wait=wait)
        take([sample_of(data) for data in given], session=_session_of(request))
        echo = {"serverRecvTs": received_ms(request), "serverSendTs": time.time() * 1000}
        return Response(echo)


def _validated(data: object) -> list[dict[str, Any]]:
    if not isinstance(data, list):
        one = SampleSerializer(data=data)
        one.is_valid(raise_exception=True)
        return [one.validated_data]
    many: ListSerializer[Any] = ListSerializer(
        child=SampleSerializer(), data=data, max_length=MOST_SAMPLES, allow_empty=False
    )
    many.is_valid(raise_exception=True)
    return cast("list[dict[str, Any]]", many.validated_data)


def _session_of(request: Request) -> str:
    """What tells this session from the user's others: the token, or the session's key."""
    token = getattr(request.auth, "key", None)
    return str(token or request.COOKIES.get(settings.SESSION_COOKIE_NAME) or request.user.pk)
