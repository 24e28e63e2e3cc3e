"""Django's entry to this room."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "observability"
    label = "observability"
