"""Django's entry to this room."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Alerts outside the page."""

    name = "coach.delivery"
    label = "delivery"
