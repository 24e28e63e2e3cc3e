"""Django's entry to this room."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.market"
    label = "market"
