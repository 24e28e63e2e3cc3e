"""Django's entry to this room."""

from django.apps import AppConfig


class GoldenConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "golden"
    label = "golden"
