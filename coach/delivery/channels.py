"""Sending one message to one destination. Blocking, guarded, without the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from coach.delivery import signing
from coach.delivery.guard import Network, PrivateAddressError, check_host, guarded

TIMEOUT_SECONDS = 10.0
# Of Apprise's hundred services those that reach a person; none that runs or writes anything here.
SERVICES = frozenset(
    {
        "discord", "gotify", "gotifys", "mailto", "mailtos", "matrix", "matrixs", "mmost", "mmosts",
        "msteams", "ntfy", "ntfys", "pbul", "pover", "rocket", "rockets", "signal", "signals",
        "slack", "tgram", "workflows", "zulip",
    }
)  # fmt: skip
RETRIED = frozenset({408, 425, 429})


class DestinationError(ValueError):
    """The destination cannot be used as it is; the message says why."""


class SendError(Exception):
    """It was not delivered. `again`: another attempt may do."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `id` once for all attempts, words for people, the document for programs."""

    id: str
    title: str
    text: str
    document: Mapping[str, Any]


def check_webhook(url: str, allowed: tuple[Network, ...]) -> str:
    """See that a webhook's address can be used; what may be shown of it.

    Raises:
        DestinationError: it cannot.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DestinationError(f"This is no address: {error}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise DestinationError("An address like https://example.com/path is needed.")
    if parts.username or parts.password:
        raise DestinationError("Leave name and password out: the message is signed.")
    _check_host(parts.hostname, allowed)
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}/…"


def check_apprise(url: str, allowed: tuple[Network, ...]) -> str:
    """See that Apprise knows the address and that it is of a service that reaches a person.

    Raises:
        DestinationError: it does not.
    """
    scheme = url.partition("://")[0].lower()
    if scheme not in SERVICES:
        raise DestinationError(f"The service must be one of {', '.join(sorted(SERVICES))}.")
    plugin = _plugin(url)
    host = getattr(plugin, "smtp_host", None) or getattr(plugin, "host", None)
    if isinstance(host, str) and "." in host:
        _check_host(host, allowed)
    return str(plugin.url(privacy=True)).partition("?")[0]


def _plugin(url: str) -> Any:  # noqa: ANN401  Apprise has no types
    # Loaded on first use: it costs a tenth of a second of every process's start.
    import apprise  # noqa: PLC0415

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its log repeats the address
    plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        raise DestinationError("Apprise cannot read this address (github.com/caronc/apprise).")
    return plugin


def _check_host(host: str, allowed: tuple[Network, ...]) -> None:
    try:
        check_host(host, allowed)
    except PrivateAddressError as error:
        raise DestinationError(f"{host}: {error}.") from None
    except (OSError, UnicodeError):
        raise DestinationError(f"The name {host} cannot be looked up.") from None


def send_webhook(
    url: str, secret: str, message: Message, *, timestamp: int, allowed: tuple[Network, ...]
) -> None:
    """POST the document, signed. A redirect is not followed.

    Raises:
        SendError: it was not taken (any status but 2xx).
    """
    body = orjson.dumps(message.document)
    signed = signing.headers(secret, message_id=message.id, timestamp=timestamp, body=body)
    client = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
    try:
        with guarded(allowed), client:
            status = client.post(url, content=body, headers=signed).status_code
    except PrivateAddressError as error:
        raise SendError(str(error), again=False) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise SendError(_reason(error), again=not _is_private(error)) from error
    if not httpx.codes.is_success(status):
        again = status in RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise SendError(f"answered {status}", again=again)


def send_apprise(url: str, message: Message, *, allowed: tuple[Network, ...]) -> None:
    """Hand the words to the service.

    Raises:
        SendError: it did not take them.
    """
    try:
        with guarded(allowed):
            taken = _plugin(url).notify(title=message.title, body=message.text)
    except PrivateAddressError as error:
        raise SendError(str(error), again=False) from error
    except (DestinationError, TypeError) as error:
        raise SendError(str(error), again=False) from error
    except OSError as error:
        raise SendError(_reason(error), again=True) from error
    if not taken:
        raise SendError("the service did not take it", again=True)


def _is_private(error: BaseException) -> bool:
    """Whether the guard ended the connection, however deep a library has wrapped that."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PrivateAddressError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _reason(error: BaseException) -> str:
    return "not on the public internet" if _is_private(error) else type(error).__name__
