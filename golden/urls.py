"""Routes of golden cases, under `/api/`."""

from django.urls import path

from golden import views

urlpatterns = [
    path("golden", views.GoldenView.as_view(), name="golden"),
    path("golden/promote", views.PromoteView.as_view(), name="golden-promote"),
    path("golden/<slug:name>", views.CaseView.as_view(), name="golden-case"),
]
