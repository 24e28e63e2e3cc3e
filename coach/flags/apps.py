"""Django's entry to this room."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FlagsConfig(AppConfig):
    """Wires the ledger to the model, and makes sure that each flag the code names is a row."""

    name = "coach.flags"
    label = "flags"

    def ready(self) -> None:
        """Models exist only from here on."""
        from coach.flags import checks, ledger  # noqa: F401, PLC0415

        ledger.connect()
        post_migrate.connect(ledger.ensure_flags, sender=self, dispatch_uid="ensure-flags")
