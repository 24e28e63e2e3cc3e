"""Routes of the live room, under `/api/`."""

from django.urls import path

from coach.live import views

urlpatterns = [path("replay", views.ReplayView.as_view(), name="replay")]
