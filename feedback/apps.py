"""Django's entry to this room."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "feedback"
    label = "feedback"

    def ready(self) -> None:
        """Models exist only from here on."""
        from feedback import slots  # noqa: PLC0415

        slots.connect()
