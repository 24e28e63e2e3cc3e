"""No secret gets into a log line, whoever writes it."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

MASK = "***"
SECRET_NAME = re.compile(
    r"(?i)(passw|secret|token|authoriz|cookie|api_?key|session_?key|csrf|credential|otp)"
)
# user:password@ in a URL, apiKey=... in a query, and what follows `Authorization: Token`.
SECRET_VALUES = (
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]+@"), rf"\1{MASK}@"),
    (re.compile(r"(?i)\b(api_?key|token|password|secret|sessionid)=[^&\s\"']+"), rf"\1={MASK}"),
    (re.compile(r"(?i)\b(token|bearer|basic)\s+[A-Za-z0-9._~+/=-]{12,}"), rf"\1 {MASK}"),
)


def mask_secrets(
    _logger: Any,  # noqa: ANN401  structlog's signature
    _method: str,
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """A structlog processor: values under telling names, and telling parts of any text."""
    for name, value in event.items():
        if SECRET_NAME.search(name):
            event[name] = MASK
        elif isinstance(value, str):
            event[name] = masked(value)
    return event


def masked(text: str) -> str:
    """The text without what looks like a secret."""
    for pattern, replacement in SECRET_VALUES:
        text = pattern.sub(replacement, text)
    return text
