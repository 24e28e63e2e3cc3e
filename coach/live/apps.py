"""Django's entry to this room."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.live"
    label = "live"

    def ready(self) -> None:
        """Wake the relay of this process by its own commits; answer for the live processes."""
        from coach.live.relay import try_drain  # noqa: PLC0415  models are ready only now
        from coach.live.status import check_live  # noqa: PLC0415
        from coach.signals.events import outbox_committed  # noqa: PLC0415
        from observability import health  # noqa: PLC0415

        health.register("live", check_live)
        outbox_committed.connect(try_drain, dispatch_uid="coach.live.relay")
