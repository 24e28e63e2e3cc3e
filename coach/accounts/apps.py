"""Django's entries to this room: the app, and the admin with a second factor."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AccountsConfig(AppConfig):
    """Wires the room to the others when Django starts."""

    name = "coach.accounts"
    label = "accounts"
    default = True


class CoachAdminConfig(admin_apps.SimpleAdminConfig):
    """Django's admin on our own site.

    Its pages are found where they are routed (`coach.config.urls`): who serves none starts without.
    """

    default_site = "coach.accounts.admin_site.CoachAdminSite"
    default = False
