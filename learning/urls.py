"""Routes of metrics and scores, under `/api/`."""

from django.urls import path

from learning import views

urlpatterns = [
    path("rules/metrics", views.RuleMetricsView.as_view(), name="rule-metrics"),
    path("rules/calibration", views.RuleCalibrationView.as_view(), name="rule-calibration"),
    path("rules/review", views.RuleReviewView.as_view(), name="rule-review"),
    path("rules/rollup", views.RollupView.as_view(), name="rule-rollup"),
    path("rules/scores", views.RuleScoresView.as_view(), name="rule-scores"),
]
