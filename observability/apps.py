"""Django's entry to this room."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "observability"
    label = "observability"

    def ready(self) -> None:
        """The checks and readings that need no other room."""
        # Settings must be complete before these are imported.
        from observability import celery_signals, health, scrape  # noqa: PLC0415

        health.register("database", health.check_database)
        health.register("redis", health.check_redis)
        scrape.register_reading(
            "celery_queue_length", "Tasks that wait for a worker", scrape.read_task_queue
        )
        scrape.register_reading(
            "redis_memory_bytes", "Memory that Redis uses", scrape.read_redis_memory
        )
        celery_signals.connect()
