"""Which pages may open a stream or a socket: our own, and those named as trusted."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import is_same_domain


def origin_allowed(request: HttpRequest) -> bool:
    """Whether the `Origin` is missing (no browser page asks), our own, or trusted.

    Raises:
        DisallowedHost: the request names a host that is not ours.
    """
    origin = request.headers.get("Origin")
    host = request.get_host()
    if origin is None:
        return True
    scheme = "https" if request.is_secure() else "http"
    if origin == f"{scheme}://{host}":
        return True
    return any(_trusts(pattern, origin) for pattern in settings.CSRF_TRUSTED_ORIGINS)


def _trusts(pattern: str, origin: str) -> bool:
    trusted, asked = urlsplit(pattern), urlsplit(origin)
    return trusted.scheme == asked.scheme and is_same_domain(
        asked.netloc, trusted.netloc.removeprefix("*")
    )
