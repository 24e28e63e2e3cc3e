"""Routes of backtests, under `/api/`."""

from django.urls import path

from backtest import parity_views, views

urlpatterns = [
    path("parity", parity_views.ParityView.as_view(), name="parity"),
    path("parity/run", parity_views.ParityRunView.as_view(), name="parity-run"),
    path("backtest/run", views.RunRequestView.as_view(), name="backtest-run"),
    path("backtest/sweep", views.SweepRequestView.as_view(), name="backtest-sweep"),
    path("backtest/runs", views.RunsView.as_view(), name="backtest-runs"),
    path("backtest/runs/<slug:run_id>", views.RunView.as_view(), name="backtest-run-item"),
    path(
        "backtest/runs/<slug:run_id>/triggers",
        views.TriggersView.as_view(),
        name="backtest-triggers",
    ),
    path("backtest/runs/<slug:run_id>/export", views.ExportView.as_view(), name="backtest-export"),
    path("backtest/presets", views.PresetsView.as_view(), name="backtest-presets"),
    path("backtest/presets/<slug:preset_id>", views.PresetView.as_view(), name="backtest-preset"),
]
