"""Django's entry to this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.api"
    label = "api"
