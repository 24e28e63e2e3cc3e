"""Django's entry to this room."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "learning"
    label = "learning"
