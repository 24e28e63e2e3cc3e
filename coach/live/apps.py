"""Django's entry to this room."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.live"
    label = "live"

    def ready(self) -> None:
        """Wake the relay of this process by its own commits."""
        from coach.live.relay import try_drain  # noqa: PLC0415  models are ready only now
        from coach.signals.events import outbox_committed  # noqa: PLC0415

        outbox_committed.connect(try_drain, dispatch_uid="coach.live.relay")
