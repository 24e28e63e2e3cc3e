"""Every request has an id: in its answer, in its log lines, and in a proxy's logs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase
from ulid import ULID

log = structlog.get_logger(__name__)

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
SLOW_MS = 1_000.0


def request_id(given: str | None) -> str:
    """The id that a proxy gave, if it is one; else a new one."""
    return given if given and GIVEN.fullmatch(given) else str(ULID())


def received_ms(request: HttpRequest) -> float:
    """When the request came in, epoch ms."""
    return float(request.META["coach.received_ms"])


class RequestMiddleware:
    """Outermost: stamps the request, names it in every log line, and logs what failed or was slow.

    Query strings are not logged: they may hold what a user typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Django's middleware call."""
        began = time.perf_counter()
        request.META["coach.received_ms"] = time.time() * 1000
        name = request_id(request.headers.get(HEADER))
        with structlog.contextvars.bound_contextvars(request_id=name):
            response = self._get_response(request)
            response[HEADER] = name
            self._log(request, response, (time.perf_counter() - began) * 1000)
        return response

    def _log(self, request: HttpRequest, response: HttpResponseBase, took_ms: float) -> None:
        status = response.status_code
        line = log.debug
        if status >= 500:
            line = log.error
        elif took_ms >= SLOW_MS:
            line = log.warning
        line(
            "request",
            method=request.method,
            path=request.path,
            status=status,
            took_ms=round(took_ms, 1),
        )
