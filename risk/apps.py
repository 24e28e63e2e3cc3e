"""Django's entry to this room."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "risk"
    label = "risk"
