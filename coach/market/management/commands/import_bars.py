"""`manage.py import_bars FILE --symbol SPY --timeframe 1m`: bars from a file into the cache."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coach.market.calendars import CALENDARS
from coach.market.columns import TIMEFRAME_MS
from coach.market.services import UpsertReport, check_symbol, ensure_instrument, upsert_bars
from coach.market.sources.files import BadRow, BarFile, BarFileError, read_bar_file


class Command(BaseCommand):
    """Imports what it can: a bad row is named and left out, the others go in."""

    help = "Import bars (ts,open,high,low,close,volume[,vwap]) from a CSV or Parquet file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Names as in the documentation."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--symbol", required=True, help="stored verbatim, e.g. SPY, X:BTCUSD")
        parser.add_argument("--timeframe", required=True, choices=tuple(TIMEFRAME_MS))
        parser.add_argument(
            "--calendar",
            choices=CALENDARS,
            help="default: 24/7 for symbols that begin with X:, else XNYS",
        )
        parser.add_argument(
            "--show", type=int, default=20, help="how many refused rows to print (default 20)"
        )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Fails only if nothing could be imported."""
        try:
            symbol = check_symbol(options["symbol"])
            file = read_bar_file(options["file"])
            instrument = ensure_instrument(symbol=symbol, calendar=options["calendar"])
            started = time.perf_counter()
            report = self._write(symbol, options["timeframe"], file)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except (BarFileError, ValueError) as error:
            raise CommandError(str(error)) from error
        seconds = time.perf_counter() - started
        refused = _all_refused(file, report)
        self._tell(refused, options["show"])
        done = report.inserted + report.updated + report.unchanged
        summary = (
            f"{symbol} {options['timeframe']} ({instrument.calendar}): {report.inserted} new, "
            f"{report.updated} changed, {report.unchanged} as they were, {len(refused)} refused; "
            f"{done / max(seconds, 1e-9):,.0f} bars/s written"
        )
        if done == 0:
            raise CommandError(f"nothing imported. {summary}")
        self.stdout.write(self.style.SUCCESS(summary))

    def _write(self, symbol: str, timeframe: str, file: BarFile) -> UpsertReport:
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(),
        )  # fmt: skip
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task(f"{symbol} {timeframe}", total=len(file.bars))
            return upsert_bars(
                symbol=symbol,
                timeframe=timeframe,
                bars=file.bars,
                on_written=lambda count: progress.advance(task, count),
            )

    def _tell(self, refused: list[BadRow], show: int) -> None:
        for each in refused[:show]:
            self.stderr.write(f"row {each.row}: {each.field}: {each.reason}")
        if len(refused) > show:
            self.stderr.write(f"... and {len(refused) - show} more refused rows (--show N)")


def _all_refused(file: BarFile, report: UpsertReport) -> list[BadRow]:
    """Rows that were no bars, and bars that were bad, by their row in the file."""
    bad = [BadRow(int(file.rows[each.row]), each.field, each.reason) for each in report.refused]
    return sorted([*file.refused, *bad], key=lambda each: each.row)
