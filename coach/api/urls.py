"""Routes of the composed endpoints, under `/api/`."""

from django.urls import path

from coach.api import views

urlpatterns = [
    path("alerts", views.AlertsView.as_view(), name="alerts"),
    path("alerts/<slug:alert_id>/tape", views.TapeView.as_view(), name="alert-tape"),
    path("feedback", views.FeedbackView.as_view(), name="feedback"),
    path("feedback/<uuid:feedback_id>", views.FeedbackItemView.as_view(), name="feedback-item"),
]
