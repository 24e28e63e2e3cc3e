"""Schemathesis over every operation of the schema, logged in and not: whatever is sent, the answer
is one that the schema names, in the one shape of refusals, and never a 5xx."""

from __future__ import annotations

import functools
import json
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from coach.signals.tests.factories import trader

pytestmark = pytest.mark.django_db
EXAMPLES = 10
# The test client sets these itself.
OWN_HEADERS = {"authorization", "content-length", "content-type", "cookie", "host"}
# Waits for the live process and answers 503 while none runs, and none runs here.
NEEDS_LIVE = {("POST", "/api/replay")}


@functools.cache
def schema() -> Any:
    """The product's own schema."""
    generator: Any = SchemaGenerator
    return schemathesis.openapi.from_dict(generator().get_schema(request=None, public=True))


def operations() -> list[Any]:
    """Every operation with what its schema allows, and with what it does not where there is a query
    or a body to get wrong."""
    found = [result.ok() for result in schema().get_all_operations()]
    return [
        pytest.param(each, mode, id=f"{mode.value} {each.method} {each.path}")
        for each in found
        for mode in GenerationMode
        if mode == GenerationMode.POSITIVE or each.query or each.body
    ]


def send(client: Client, case: Any) -> Any:
    """A generated case through Django. A body of bytes is sent as it is."""
    body = case.body
    if not isinstance(body, bytes):
        body = b"" if type(body).__name__ == "NotSet" else json.dumps(body).encode()
    headers = {
        str(name): str(value)
        for name, value in (case.headers or {}).items()
        if str(name).lower() not in OWN_HEADERS
    }
    query = urlencode(case.query or {}, doseq=True, errors="replace")
    path = f"{case.formatted_path}?{query}" if query else case.formatted_path
    return client.generic(case.method, path, body, "application/json", headers=headers)


def check(operation: Any, answer: Any) -> None:
    """Not our error, and nothing that the schema does not name."""
    where = (operation.method.upper(), operation.path)
    status = answer.status_code
    if status == 503 and where in NEEDS_LIVE:
        return
    assert status < 500, answer.content
    assert str(status) in operation.definition.raw["responses"], answer.content
    if status >= 400 and answer["Content-Type"] == "application/json":
        body = answer.json()
        assert set(body) == {"type", "errors"}
        assert body["errors"]
        assert all(set(error) == {"code", "detail", "attr"} for error in body["errors"])


@pytest.mark.parametrize(("operation", "mode"), operations())
def test_no_request_breaks_it(operation: Any, mode: GenerationMode) -> None:
    """As a trader and as nobody."""
    user = trader()

    @settings(
        max_examples=2 if (operation.method.upper(), operation.path) in NEEDS_LIVE else EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def every(case: Any) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        check(operation, send(client, case))
        check(operation, send(Client(raise_request_exception=False), case))

    every()
