"""Reads JSON bodies; whatever cannot be read is the client's error."""

from __future__ import annotations

import json
import math
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 32


class TooLargeError(APIException):
    """The body is over the limit."""

    status_code = 413
    default_code = "too_large"
    default_detail = "The body is too large."


class JSONParser(BaseParser):
    """Strict JSON: UTF-8, finite numbers, no lone surrogates, 32 levels at most."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,  # noqa: ANN401, ARG002 - DRF's signature
    ) -> Any:  # noqa: ANN401 - whatever the client sent
        """The body as Python values.

        Raises:
            ParseError: with the position and the reason.
            ValidationError: naming the field whose text cannot be stored.
            TooLargeError: more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes.
        """
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLargeError(f"The body is too large: at most {limit} bytes are read.")
        return decode(raw)


def decode(raw: bytes) -> Any:  # noqa: ANN401 - whatever the client sent
    """Decode a JSON document.

    Raises:
        ParseError: with the reason.
        ValidationError: naming the field whose text cannot be stored.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error
    _check(value, ())
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large")
    return value


def _check(value: Any, path: tuple[str, ...]) -> None:  # noqa: ANN401 - whatever the client sent
    """Refuse depth, and text that no database can hold."""
    if len(path) > MAX_DEPTH:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, (*path, str(index)))
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, path)
            _check(item, (*path, key))


def _check_text(text: str, path: tuple[str, ...]) -> None:
    if "\0" in text:
        raise ValidationError({".".join(path): ["NUL characters cannot be stored."]})
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError({".".join(path): ["A lone surrogate is no character."]})
