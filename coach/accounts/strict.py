"""Serializers that refuse what they do not know, for every endpoint of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

S = TypeVar("S", bound="StrictSerializer")

# An unknown name comes from outside and is repeated in the answer.
MAX_NAME = 64


class StrictSerializer(serializers.Serializer[Any]):
    """Names every unknown key beside whatever else is wrong: a misspelt filter must not pass for
    no filter."""

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 - whatever the client sent
        """DRF's, with an error of code `unknown` for each key that no field has."""
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if isinstance(error.detail, dict):
                raise ValidationError({**unknown, **error.detail}) from error
            raise
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: object) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {}
        allowed = [name for name, field in self.fields.items() if not field.read_only]
        message = f"Unknown. There is {', '.join(allowed)}." if allowed else "Unknown."
        return {
            str(name)[:MAX_NAME]: [ErrorDetail(message, code="unknown")]
            for name in data
            if name not in allowed
        }


def parse(
    serializer_class: type[StrictSerializer], data: object, *, partial: bool = False
) -> dict[str, Any]:
    """The validated input, a body or query parameters.

    Args:
        partial: neither require nor fill in what is absent.

    Raises:
        ValidationError: with the fields named.
    """
    if isinstance(data, QueryDict):
        data = _single(data)
    serializer = serializer_class(data=data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _single(query: QueryDict) -> dict[str, str]:
    """Query parameters as plain text: as a form, DRF would read an absent boolean as false.

    Raises:
        ValidationError: a parameter is given twice.
    """
    repeated = ErrorDetail("Given more than once.", code="repeated")
    errors = {name[:MAX_NAME]: [repeated] for name, values in query.lists() if len(values) > 1}
    if errors:
        raise ValidationError(errors)
    return {str(name): str(value) for name, value in query.items()}
