"""`manage.py rollup --days 31`: count the daily table afresh."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coach.market.selectors import market_now
from learning.aggregates import session_date_of
from learning.rollup import DAYS, rollup


class Command(BaseCommand):
    """Writes `rule_metrics_daily` from the rows; running it twice changes nothing."""

    help = "Count rule_metrics_daily afresh from signals, labels and outcomes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far back, and as of when."""
        parser.add_argument("--days", type=int, default=DAYS, help="session dates (default 31)")
        parser.add_argument("--as-of", help="market time, ISO 8601 with zone (default: now)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Run it and say what was written."""
        days, as_of = options["days"], _moment(options["as_of"])
        if days < 1:
            raise CommandError(f"--days: {days} is below 1")
        rows = rollup(days=days, as_of=as_of)
        what = "1 row" if rows == 1 else f"{rows} rows"
        self.stdout.write(f"{days} days up to {session_date_of(as_of)}: {what} written.")


def _moment(text: str | None) -> datetime:
    if text is None:
        return market_now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"--as-of: {text!r} is no ISO time with a zone")
    return moment
