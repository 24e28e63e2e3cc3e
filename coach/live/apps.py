"""Django's entry to this room."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.live"
    label = "live"

    def ready(self) -> None:
        """Wake the relay of this process by its own commits; answer for the live processes."""
        from coach.live import status  # noqa: PLC0415
        from coach.live.relay import try_drain  # noqa: PLC0415  models are ready only now
        from coach.signals.events import outbox_committed  # noqa: PLC0415
        from coach.signals.selectors import count_waiting  # noqa: PLC0415
        from observability import health, scrape  # noqa: PLC0415

        health.register("live", status.check_live)
        for name, text, read in (
            ("feed_age_ms", "Wall time since the feed's last sign of life", status.read_feed_ages),
            ("live_leases", "Shards that a live process evaluates", status.read_leases),
            ("outbox_waiting", "Committed announcements not yet published", count_waiting),
        ):
            scrape.register_reading(name, text, read)
        outbox_committed.connect(try_drain, dispatch_uid="coach.live.relay")
