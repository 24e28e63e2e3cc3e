"""Django's entry to this room."""

from django.apps import AppConfig


class FlagsConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.flags"
    label = "flags"
