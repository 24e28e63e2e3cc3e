"""Django's entry to this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.accounts"
    label = "accounts"
