"""Every HTTP route of Coach. SSE and WebSocket are routed in `asgi`, ahead of Django."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from coach.config.views import client

admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/", include("coach.accounts.urls")),
    path("api/", include("coach.signals.urls")),
    path("api/", include("coach.market.urls")),
    path("api/", include("coach.live.urls")),
    path("api/", include("feedback.urls")),
    path("api/", include("coach.delivery.urls")),
    path("api/", include("learning.urls")),
    path("api/", include("risk.urls")),
    path("api/", include("backtest.urls")),
    path("api/", include("golden.urls")),
    path("api/", include("coach.api.urls")),
    path("", include("observability.urls")),
    # Whatever is not the server's is a route of the client.
    re_path(
        r"^(?!(?:api|admin|static|ws|slo|metrics|healthz|readyz)(?:/|$)).*$", client, name="client"
    ),
]

handler400 = "coach.api.errors.bad_request"
handler404 = "coach.api.errors.not_found"
handler500 = "coach.api.errors.server_error"
