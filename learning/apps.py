"""Django's entry to this room."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "learning"
    label = "learning"

    def ready(self) -> None:
        """Models exist only from here on."""
        from learning import listen  # noqa: PLC0415

        listen.connect()
