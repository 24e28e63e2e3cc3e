"""Routes of this room."""

from __future__ import annotations

from django.urls import path

from observability.views import MetricsView, RttView, SloSeriesView, SloView, healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("slo", SloView.as_view(), name="slo"),
    path("slo/series", SloSeriesView.as_view(), name="slo-series"),
    path("api/metrics/rtt", RttView.as_view(), name="rtt"),
]
