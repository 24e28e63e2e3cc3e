"""Django's entry to this room."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.live"
    label = "live"
