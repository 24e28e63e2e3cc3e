"""Routes of the trade journal, under `/api/`."""

from django.urls import path

from feedback.journal import views

urlpatterns = [
    path("journal/trades", views.TradesView.as_view(), name="trades"),
    path("journal/trades/<uuid:trade_id>", views.TradeView.as_view(), name="trade"),
    path("journal/import", views.ImportView.as_view(), name="trades-import"),
    path("journal/stats", views.StatsView.as_view(), name="journal-stats"),
]
