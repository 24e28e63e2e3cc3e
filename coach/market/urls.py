"""Routes of the market, under `/api/`."""

from django.urls import path

from coach.market import views

urlpatterns = [
    path("symbols", views.SymbolsView.as_view(), name="symbols"),
    path("bars", views.BarsView.as_view(), name="bars"),
]
