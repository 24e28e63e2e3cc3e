"""Django's entry to this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.api"
    label = "api"

    def ready(self) -> None:
        """Flags are the lowest room; what time it is in the market they are told from up here."""
        from coach.flags.services import use_clock  # noqa: PLC0415
        from coach.market.selectors import market_now  # noqa: PLC0415

        use_clock(market_now)
