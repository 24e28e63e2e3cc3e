"""The client's page: one file for every route that is not the server's own."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Coach: client not built</title></head><body>
<h1>The client is not built</h1>
<p>The server runs, but there is no <code>frontend/dist/index.html</code>. Build it with
<code>make run</code>, or with <code>npm ci &amp;&amp; npm run build</code> in
<code>frontend</code>, then load this page again and restart the server for its scripts.</p>
<p>The API is at <a href="/api/docs/">/api/docs/</a>,
the admin at <a href="/admin/">/admin/</a>.</p>
</body></html>
"""


@lru_cache(maxsize=2)
def _page(path: Path, changed_ns: int) -> Template:  # noqa: ARG001 - part of the cache's key
    return Engine().from_string(path.read_text())


@require_safe
@never_cache
@ensure_csrf_cookie
def client(request: HttpRequest) -> HttpResponse:
    """`index.html` with this response's nonce where it says `CSP_NONCE`; 503 while there is none.

    Never cached: it names the hashed files of one build, and the nonce is good for one answer.
    """
    path = settings.FRONTEND_DIST / "index.html"
    try:
        template = _page(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return HttpResponse(NOT_BUILT, status=HTTPStatus.SERVICE_UNAVAILABLE)
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]  # CSPMiddleware sets it
    return HttpResponse(template.render(Context({"CSP_NONCE": nonce})))
