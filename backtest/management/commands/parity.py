"""`manage.py parity`: replay sessions against what live recorded, and print the ledger."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from backtest.ledger import NoSessionError, due_sessions, run_parity
from backtest.models import ParityReport
from coach.market.selectors import UnknownSymbolError

SHOWN = 30
WIDTH = 120


class Command(BaseCommand):
    """Ends with an error when a replay of the bars as received is not what live recorded."""

    help = "Replay closed sessions, as received and as corrected, and print the parity ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Without arguments, what is due."""
        parser.add_argument("--symbol", help="with --session: this one, again")
        parser.add_argument("--session", type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument(
            "--no-fetch", action="store_true", help="do not ask the vendor for corrected bars"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Run, print, judge."""
        symbol, day = options["symbol"], options["session"]
        if (symbol is None) != (day is None):
            raise CommandError("--symbol and --session go together")
        due = due_sessions() if day is None else [(symbol, day)]
        try:
            reports = [
                run_parity(symbol=each, session_date=when, fetch=not options["no_fetch"])
                for each, when in due
            ]
        except (NoSessionError, UnknownSymbolError) as error:
            raise CommandError(str(error)) from error
        known = ParityReport.objects.order_by("-session_date", "symbol")[:SHOWN]
        self.stdout.write(_table(reports or list(known)))
        broken = [str(each) for each in reports if each.received_differences]
        if broken:
            words = "; ".join(broken)
            raise CommandError(f"live and the replay of what it received differ: {words}")


def _table(reports: list[ParityReport]) -> str:
    table = Table()
    for name in ("session", "symbol", "source", "bars", "signals", "as received", "as corrected"):
        table.add_column(name, justify="left" if name in ("session", "symbol") else "right")
    table.add_column("causes")
    for each in reports:
        live = each.live_signals
        table.add_row(
            str(each.session_date),
            each.symbol,
            each.source,
            f"{each.bars:,}",
            f"{live:,}",
            _share(each.matched, max(live, each.replayed_signals)),
            _share(each.corrected_matched, max(live, each.corrected_signals)),
            ", ".join(f"{cause} {count}" for cause, count in each.corrected_causes.items()) or "–",
        )
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def _share(part: int, whole: int) -> str:
    return "–" if whole == 0 else f"{part / whole:.1%}".replace("%", " %")
