"""Routes of limits, locks and previews, under `/api/`."""

from django.urls import path

from risk import views

urlpatterns = [
    path("risk/preview", views.PreviewView.as_view(), name="risk-preview"),
    path("risk/policy", views.PolicyView.as_view(), name="risk-policy"),
    path("risk/lock", views.LockView.as_view(), name="risk-lock"),
]
