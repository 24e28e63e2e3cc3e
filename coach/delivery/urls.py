"""Routes of this room."""

from __future__ import annotations

from django.urls import path

from coach.delivery.views import DestinationsView, DestinationTestView, DestinationView

urlpatterns = [
    path("delivery/destinations", DestinationsView.as_view(), name="destinations"),
    path(
        "delivery/destinations/<slug:destination_id>",
        DestinationView.as_view(),
        name="destination",
    ),
    path(
        "delivery/destinations/<slug:destination_id>/test",
        DestinationTestView.as_view(),
        name="destination-test",
    ),
]
