"""The OpenAPI schema: drf-spectacular's, with the one shape of all errors on every operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers

# What any operation may answer. One component for all of them keeps the client's types small.
REFUSALS = {
    "400": "Something in the request is wrong; `attr` names it.",
    "401": "Nobody is logged in.",
    "403": "Not allowed, or the CSRF token is missing.",
    "404": "There is no such thing, or it is somebody else's.",
    "405": "Not with this method.",
    "406": "Not in this format.",
    "413": "The body is too large.",
    "415": "Not this content type.",
    "429": "Too often; `Retry-After` says when.",
    "503": "The database or Redis does not answer; try again.",
}


class FieldErrorSerializer(serializers.Serializer[Any]):
    """One thing that is wrong."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True, help_text="dotted path of the field, or null")


class ErrorSerializer(serializers.Serializer[Any]):
    """Every refusal."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]  # DRF moves it aside


class AutoSchema(SpectacularAutoSchema):
    """Adds the refusals to what a view declares."""

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        if direction == "response":
            for status, text in REFUSALS.items():
                if status not in responses:
                    body = self._get_response_for_code(  # type: ignore[no-untyped-call]
                        ErrorSerializer, status
                    )
                    responses[status] = {**body, "description": text}
        return responses
