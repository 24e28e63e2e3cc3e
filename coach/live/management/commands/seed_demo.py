"""`manage.py seed_demo`: the user demo/demo, and the history that is there from the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from coach.accounts.services import ensure_demo_user
from coach.live.demo import choose_limits, seed_history
from coach.market.sources.synthetic import DEMO_SYMBOLS


class Command(BaseCommand):
    """Safe to repeat: what is there is left alone."""

    help = "Create the loopback-only user demo/demo with thirty scanned sessions of history."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Make what is missing."""
        user_id = ensure_demo_user()
        if settings.ENV.SOURCE != "synthetic":
            return
        choose_limits(user_id)
        symbols = settings.ENV.SYMBOLS or DEMO_SYMBOLS
        recorded = seed_history(
            user_id=user_id, symbols=symbols, seed=settings.ENV.SEED, say=self.stdout.write
        )
        if recorded:
            self.stdout.write(f"Demo history: {recorded} signals recorded")
