"""The OpenAPI schema, from which the client's types are made, is whole."""

import re
from pathlib import Path

from django.core.management import call_command
from django.test import Client

from coach.api.schema import REFUSALS
from coach.api.tests.openapi import schema


def test_the_schema_is_valid_and_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yaml"))


def test_every_operation_says_what_it_refuses_and_what_it_gives() -> None:
    for path, item in schema()["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            answers = set(operation["responses"])
            assert set(REFUSALS) <= answers, where
            assert any(code.startswith("2") for code in answers), where
            assert operation["description"], where
            assert operation["tags"] != ["api"], where


def test_properties_and_parameters_are_camel_case() -> None:
    camel = re.compile(r"^(?:[a-z][a-zA-Z0-9]*|7d|30d|[0-9]+[mhd])$")
    wrong = {
        f"{name}.{field}"
        for name, part in schema()["components"]["schemas"].items()
        for field in part.get("properties", {})
        if not camel.match(field)
    }
    wrong |= {
        f"{path} {parameter['name']}"
        for path, item in schema()["paths"].items()
        for operation in item.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and not camel.match(parameter["name"])
    }
    assert wrong == set()


def test_the_documentation_runs_under_the_policy(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    scripts = re.findall(r"<script([^>]*)>", page)
    assert scripts
    assert all("src=" in attributes for attributes in scripts)
