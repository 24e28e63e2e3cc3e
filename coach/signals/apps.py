"""Django's entry to this room."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.signals"
    label = "signals"
