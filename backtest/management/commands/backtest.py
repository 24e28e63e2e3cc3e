"""`manage.py backtest`: the run that `POST /api/backtest/run` makes, on the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rest_framework.exceptions import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from backtest.document import with_triggers
from backtest.execution import Finished, NoBarsError, execute
from backtest.request import RunRequest
from backtest.serializers import RunRequestSerializer
from backtest.window import canonical
from coach.accounts.selectors import find_user_id
from coach.engine.ruleset import CORE_RULES
from coach.market.sources.access import VendorError

Json = dict[str, Any]
WIDTH = 120  # of a file or a pipe, which have none


class Command(BaseCommand):
    """Bars from the cache; nothing is stored."""

    help = "Backtest rules on stored bars."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As the fields of the API."""
        parser.add_argument("symbol")
        parser.add_argument("--timeframe", default="1m")
        parser.add_argument("--start", required=True, help="ms, ISO 8601 with zone, or a date")
        parser.add_argument("--end", required=True, help="exclusive; a date includes its session")
        parser.add_argument("--session", default="regular")
        parser.add_argument(
            "--source", default="cache", help="polygon fetches what is missing (POLYGON_API_KEY)"
        )
        parser.add_argument(
            "--rule",
            action="append",
            dest="rules",
            metavar="ID[:NAME=VALUE,...]",
            help="ema_cross:fast=9,slow=21; may be repeated; default: the core rules",
        )
        parser.add_argument("--governor", action="store_true", help="also run the gates")
        parser.add_argument("--user", help="whose gates, by name")
        parser.add_argument("--json", action="store_true", help="print the canonical result")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Run and print."""
        request = _request(options)
        user_id = None if options["user"] is None else find_user_id(options["user"])
        if options["user"] is not None and user_id is None:
            raise CommandError(f"--user: there is no user {options['user']!r}")
        try:
            found = _run(request, user_id)
        except (NoBarsError, VendorError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            whole = canonical(with_triggers(found.summary, found.table))
            self.stdout.write(whole.decode())
        else:
            _show(found, Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH))


def _request(options: Json) -> RunRequest:
    given = {
        name: options[name] for name in ("symbol", "timeframe", "session", "source", "governor")
    }
    for name in ("start", "end"):
        given[name] = int(options[name]) if options[name].isdigit() else options[name]
    given["rules"] = [_rule(text) for text in options["rules"] or CORE_RULES]
    serializer = RunRequestSerializer(data=given)
    try:
        serializer.is_valid(raise_exception=True)
    except ValidationError as error:
        raise CommandError(_words(error.detail)) from error
    return serializer.run_request()


def _rule(text: str) -> Json:
    rule_id, _, listed = text.partition(":")
    params = {}
    for pair in filter(None, listed.split(",")):
        name, _, value = pair.partition("=")
        try:
            params[name] = float(value) if "." in value else int(value)
        except ValueError:
            raise CommandError(f"--rule {text}: {name} needs a number, got {value!r}") from None
    return {"ruleId": rule_id, "params": params}


def _words(detail: Any, path: str = "") -> str:  # noqa: ANN401  DRF's nested errors
    if isinstance(detail, dict):
        named = ((f"{path}.{name}" if path else str(name), each) for name, each in detail.items())
        return "; ".join(_words(each, where) for where, each in named)
    if isinstance(detail, list):
        return "; ".join(_words(each, path) for each in detail)
    return f"{path}: {detail}"


def _run(request: RunRequest, user_id: str | None) -> Finished:
    """With a progress bar where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{request.symbol} {request.timeframe}", total=1.0)
        return execute(
            request,
            user_id=user_id,
            progress=lambda share: bar.update(task, completed=share),
        )


def _show(found: Finished, console: Console) -> None:
    metrics, proof = found.summary["metrics"], found.summary["proof"]
    console.print(
        f"run {found.run_key}: {found.summary['bars']:,} bars, {metrics['sessions']:,} sessions, "
        f"{metrics['triggers']:,} triggers"
    )
    console.print(_table(metrics))
    fall = metrics["equity"]["drawdown"]["r"]
    console.print(f"equity {metrics['equity']['totalR']:+.2f} R, drawdown {fall:.2f} R")
    if "governor" in found.summary:
        gates = found.summary["governor"]
        console.print(
            f"gates: {gates['delivered']:,} delivered, {gates['suppressed']:,} held back; "
            f"saved {gates['savedR']:.2f} R, cost {gates['costR']:.2f} R"
        )
    checks = ", ".join(
        f"{name} {'holds' if proof[name]['ok'] else 'FAILED'}" for name in ("prefix", "window")
    )
    cold = proof["warmup"]["coldTriggers"]
    console.print(f"proof: {checks}" + (f"; {cold:,} triggers without warm-up" if cold else ""))


def _table(metrics: Json) -> Table:
    table = Table()
    names = ("rule", "triggers", "a day", "expectancy R (90 %)", "hit rate (95 %)", "hold", "p")
    for name in names:
        table.add_column(name, justify="left" if name == "rule" else "right")
    for name, each in [*metrics["perRule"].items(), ("all", metrics)]:
        table.add_row(
            name,
            f"{each['triggers']:,}",
            _number(each["triggersPerDay"], ".1f"),
            "too few" if each["tooFew"] else _interval(each["expectancy"], "+.3f"),
            "too few" if each["tooFew"] else _interval(each["autoWinrate"], ".3f"),
            _number(each["avgHoldBars"], ".1f"),
            _number(each["pRandom"], ".3f"),
        )
    return table


def _interval(each: Json, form: str) -> str:
    parts = [_number(each[name], form) for name in ("value", "low", "high")]
    return f"{parts[0]} ({parts[1]} … {parts[2]})"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
