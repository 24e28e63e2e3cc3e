"""`manage.py prune`: forget what has served its purpose. Signals, decisions, labels stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coach.delivery.services import prune_deliveries
from coach.signals.services import prune_outbox


class Command(BaseCommand):
    """Announced outbox rows, ended deliveries, ended sessions, the log of logins."""

    help = "Delete what nobody reads any more: announcements, deliveries, sessions, login logs."

    def add_arguments(self, parser: CommandParser) -> None:
        """How long each is kept."""
        parser.add_argument("--outbox-days", type=int, default=7, help="announced events (7)")
        parser.add_argument("--delivery-days", type=int, default=30, help="sent or given up (30)")
        parser.add_argument("--login-days", type=int, default=90, help="the log of logins (90)")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Delete, and say how much."""
        for name in ("outbox_days", "delivery_days", "login_days"):
            if options[name] < 1:
                raise CommandError(f"--{name.replace('_', '-')}: at least 1, not {options[name]}")
        now = timezone.now()
        rows = prune_outbox(before=now - timedelta(days=options["outbox_days"]))
        sent = prune_deliveries(before=now - timedelta(days=options["delivery_days"]))
        call_command("clearsessions")
        call_command("axes_reset_logs", age=options["login_days"], verbosity=0)
        if options["verbosity"]:
            self.stdout.write(f"{rows} announcements and {sent} deliveries deleted")
