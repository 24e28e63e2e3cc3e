"""Routes of metrics and scores, under `/api/`."""

from django.urls import path

from learning import views

urlpatterns = [
    path("rules/metrics", views.RuleMetricsView.as_view(), name="rule-metrics"),
    path("rules/scores", views.RuleScoresView.as_view(), name="rule-scores"),
]
