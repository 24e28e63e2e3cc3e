"""Django's entry to this room."""

from django.apps import AppConfig


class BacktestConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "backtest"
    label = "backtest"
