"""Django's entry to this room."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "feedback"
    label = "feedback"
