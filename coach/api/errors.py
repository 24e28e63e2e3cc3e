"""Every refusal in one shape: `{"type", "errors": [{"code", "detail", "attr"}]}`, also where
Django, the CSRF middleware or axes answers before a view of ours is reached."""

from __future__ import annotations

import math
from http import HTTPStatus

from axes.helpers import get_cool_off
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults
from drf_standardized_errors.handler import ExceptionHandler
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework.exceptions import APIException, ParseError

PROGRAMS = ("/api/", "/slo", "/metrics", "/healthz", "/readyz")


class UnavailableError(APIException):
    """Something that the answer needs does not answer; nothing was done, try again."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "unavailable"
    wait = 2  # becomes Retry-After


class Handler(ExceptionHandler):
    """What a view raises, as an answer. Anything not named here is a bug and a 500."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """A locked or unreachable store is 503; a body that Django refuses to read is 400."""
        if isinstance(exc, OperationalError):
            return UnavailableError(f"The database does not take this now: {exc}")
        if isinstance(exc, RedisConnectionError | RedisTimeoutError):
            return UnavailableError("Redis does not answer.")
        if isinstance(exc, SuspiciousOperation):
            return ParseError("The request cannot be read.")
        converted: Exception = super().convert_known_exceptions(exc)
        return converted


def error_body(code: str, detail: str, *, status: int) -> dict[str, object]:
    """The body of an error that concerns no field."""
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client_error"
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}


def refusal(code: str, detail: str, *, status: int) -> JsonResponse:
    """An error as a response."""
    return JsonResponse(error_body(code, detail, status=status), status=status)


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: everything but the admin and the client's pages."""
    return request.path.startswith(PROGRAMS)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with Django's reason; a page for the admin's forms."""
    if not wants_json(request):
        return render(request, "403_csrf.html", {"reason": reason}, status=HTTPStatus.FORBIDDEN)
    detail = f"CSRF failed: {reason} GET /api/flags sets the cookie csrftoken; send it back as the "
    return refusal("csrf_failed", detail + "header X-CSRFToken.", status=HTTPStatus.FORBIDDEN)


def locked_out(
    request: HttpRequest,
    response: HttpResponse | None = None,  # noqa: ARG001 - axes hands it over
    credentials: dict[str, object] | None = None,  # noqa: ARG001 - axes hands them over
) -> HttpResponse:
    """429 after too many failed logins, with the time to wait."""
    cool_off = get_cool_off(request)
    seconds = math.ceil(cool_off.total_seconds()) if cool_off else None
    wait = f"Try again in {math.ceil(seconds / 60)} minutes." if seconds else ""
    detail = f"Too many failed logins for this name from this address. {wait}".strip()
    answer: HttpResponse
    if wants_json(request):
        answer = refusal("locked_out", detail, status=HTTPStatus.TOO_MANY_REQUESTS)
    else:
        answer = HttpResponse(detail, content_type="text/plain", status=429)
    if seconds:
        answer["Retry-After"] = str(seconds)
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a suspicious request, such as a foreign Host header or a body over the limit."""
    if wants_json(request):
        return refusal("bad_request", "The request cannot be read.", status=HTTPStatus.BAD_REQUEST)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 where no route matched."""
    if wants_json(request):
        return refusal("not_found", "There is no such page.", status=HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: an error of ours."""
    if wants_json(request):
        return refusal("error", "Server error.", status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return defaults.server_error(request)
