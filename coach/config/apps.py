"""The roof as an app: system checks of the whole house."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the checks that need to see every room."""

    name = "coach.config"
    label = "config"
    verbose_name = "Configuration"

    def ready(self) -> None:
        """Checks are registered, and the broker is known, by being imported. The last app to be
        ready: what a process needs has been imported."""
        from coach.config import celery, checks, startup  # noqa: F401, PLC0415

        startup.done()
