"""Routes of watchlist and rules, under `/api/`."""

from django.urls import path

from coach.signals import views

urlpatterns = [
    path("watchlist", views.WatchlistView.as_view(), name="watchlist"),
    path("rules", views.RulesView.as_view(), name="rules"),
    path("rules/settings", views.RuleSettingsView.as_view(), name="all-rule-settings"),
    path("rules/<slug:rule_id>/settings", views.RuleSettingView.as_view(), name="rule-settings"),
]
