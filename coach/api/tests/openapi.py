"""Answers held against the OpenAPI schema that the client's types are made from."""

from __future__ import annotations

import functools
from typing import Any

import jsonschema
from drf_spectacular.generators import SchemaGenerator


@functools.cache
def schema() -> dict[str, Any]:
    """The whole schema."""
    generator: Any = SchemaGenerator
    found: dict[str, Any] = generator().get_schema(request=None, public=True)
    return found


def component(name: str) -> dict[str, Any]:
    """One component as a JSON schema that refuses what it does not name."""
    parts = {key: _strict(value) for key, value in schema()["components"]["schemas"].items()}
    return {"$ref": f"#/components/schemas/{name}", "components": {"schemas": parts}}


def _strict(part: Any) -> Any:
    """OpenAPI 3.0 as JSON schema: `nullable` spelled out, unknown properties refused."""
    if isinstance(part, list):
        return [_strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: _strict(value) for key, value in part.items() if key != "nullable"}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") else made


def check(value: object, name: str) -> None:
    """Fail unless the value is what the component says, no field more or less."""
    jsonschema.validate(value, component(name))
