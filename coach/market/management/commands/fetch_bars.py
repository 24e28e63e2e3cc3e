"""`manage.py fetch_bars SPY --start 2025-01-01`: history from Polygon/Massive into the cache."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from coach.market.calendars import CALENDARS, DAY_MS
from coach.market.fetching import Piece, fetch, planned
from coach.market.services import check_symbol, ensure_instrument, vendor
from coach.market.sources.access import VendorError
from coach.market.sources.polygon import UNITS, BarSource, Range

MONTH_DAYS = 31


class Command(BaseCommand):
    """Asks only for what is missing, so it may be stopped and started again at any time."""

    help = "Fetch bars from Polygon/Massive (POLYGON_API_KEY) into the cache, a month at a time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A range of dates for some symbols."""
        parser.add_argument("symbols", nargs="+", metavar="SYMBOL", help="SPY, X:BTCUSD, …")
        parser.add_argument("--timeframe", default="1m", choices=tuple(UNITS))
        parser.add_argument("--start", help="first date, YYYY-MM-DD (UTC); default: a month ago")
        parser.add_argument("--end", help="last date, included; default: today")
        parser.add_argument(
            "--again", action="store_true", help="also what is there: for the vendor's corrections"
        )
        parser.add_argument(
            "--calendar",
            choices=CALENDARS,
            help="default: 24/7 for symbols that begin with X:, else XNYS",
        )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Fails at the first range that did not come whole; those before it stay."""
        start, end = _span(options["start"], options["end"])
        try:
            source = vendor()
            wanted = [
                each
                for symbol in options["symbols"]
                for each in self._planned(source, symbol, start, end, options)
            ]
            self._fetch(source, wanted)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except (VendorError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _planned(
        self, source: BarSource, symbol: str, start: int, end: int, options: dict[str, Any]
    ) -> list[Range]:
        ensure_instrument(symbol=check_symbol(symbol), calendar=options["calendar"])
        return planned(
            source,
            symbol=symbol,
            timeframe=options["timeframe"],
            start_ms=start,
            end_ms=end,
            again=options["again"],
        )

    def _fetch(self, source: BarSource, wanted: list[Range]) -> None:
        if not wanted:
            self.stdout.write(self.style.SUCCESS("Nothing to fetch: all of it is there."))
            return
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[bars]:,} bars"), TimeRemainingColumn(),
        )  # fmt: skip
        console = Console(stderr=True)
        bars = corrected = refused = 0
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task(str(wanted[0]), total=len(wanted), bars=0)
            for piece in fetch(source, wanted):
                bars, corrected = bars + piece.bars, corrected + piece.corrected
                refused += len(piece.refused)
                self._tell(piece)
                _advance(progress, task, wanted, bars)
        self.stdout.write(
            self.style.SUCCESS(
                f"{len(wanted)} ranges, {bars:,} bars, {corrected:,} corrected, {refused:,} refused"
            )
        )

    def _tell(self, piece: Piece) -> None:
        for each in piece.refused:
            self.stderr.write(f"{piece.span}: {each.field}: {each.reason}")


def _advance(progress: Progress, task: TaskID, wanted: list[Range], bars: int) -> None:
    done = int(progress.tasks[0].completed) + 1
    following = str(wanted[min(done, len(wanted) - 1)])
    progress.update(task, advance=1, bars=bars, description=following)


def _span(start: str | None, end: str | None) -> tuple[int, int]:
    today = int(time.time() * 1000) // DAY_MS * DAY_MS
    last = today if end is None else _date(end, "--end")
    first = last - MONTH_DAYS * DAY_MS if start is None else _date(start, "--start")
    if first > last:
        raise CommandError(f"--end: {end} is before --start {start}")
    return first, last + DAY_MS


def _date(text: str, name: str) -> int:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(f"{name}: {text!r} is not a date like 2025-01-31") from None
    return int(moment.timestamp() * 1000)
