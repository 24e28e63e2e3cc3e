"""Django's entry to this room."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "risk"
    label = "risk"

    def ready(self) -> None:
        """The learning loop writes into the score's history which gates follow from a score; what
        matures and every night moves what alerts are worth."""
        from learning.ledger import register_gate_reader  # noqa: PLC0415
        from risk import values  # noqa: PLC0415
        from risk.selectors import gates_at  # noqa: PLC0415

        register_gate_reader(gates_at)
        values.connect()
