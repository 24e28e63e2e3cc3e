"""`manage.py run_live`: the process that turns bars into alerts."""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coach.engine.layout import TIMEFRAME_MS
from coach.engine.registry import RULES
from coach.engine.ruleset import RuleSet, compile_rules
from coach.engine.warm import warm_up
from coach.live.loop import LiveLoop, Options
from coach.live.track import MINUTE
from coach.market.clock import MAX_SPEED, ClockError, check_speed
from coach.market.feed import Feed
from coach.market.selectors import list_instruments
from coach.market.services import build_feed
from coach.market.sources.synthetic import DEMO_SYMBOLS

log = structlog.get_logger(__name__)
SHARD = re.compile(r"([0-9]{1,4})/([1-9][0-9]{0,3})")


class Command(BaseCommand):
    """Feed, evaluator, gates, alerts; resumes where it stopped."""

    # Routes, admin and schema are none of this process's, and to read them takes a second of those
    # in which nothing is evaluated.
    requires_system_checks = ["house"]  # noqa: RUF012  Django's attribute
    help = "Evaluate every rule on live, replayed or synthetic bars, and alert."

    def add_arguments(self, parser: CommandParser) -> None:
        """Defaults come from the environment (SOURCE, SPEED, SYMBOLS)."""
        env = settings.ENV
        parser.add_argument("--source", default=env.SOURCE, choices=SOURCES)
        parser.add_argument(
            "--speed",
            type=float,
            default=env.SPEED,
            help=f"market seconds a second, up to {MAX_SPEED:g}; 0: as fast as it goes",
        )
        parser.add_argument(
            "--symbols", default=",".join(env.SYMBOLS), help="comma-separated; default: all"
        )
        parser.add_argument("--once", action="store_true", help="end with the data")
        parser.add_argument(
            "--shard", default="0/1", help="this process's part of the symbols: 0/4 to 3/4"
        )
        parser.add_argument(
            "--timeframes",
            default=",".join(settings.LIVE_TIMEFRAMES),
            help=f"besides {MINUTE}: {', '.join(TIMEFRAME_MS)}",
        )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Run until the data end or the process is told to."""
        warm_up()  # before the lease is taken: nobody waits for the compiler
        loop = LiveLoop(
            Options(
                shard=_checked_shard(options["shard"]),
                rulesets=_rulesets(options["timeframes"]),
                make_feed=_feed_maker(options),
                once=options["once"],
            )
        )
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(loop.run())


SOURCES = ("synthetic", "replay", "polygon")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415  not there on Windows

    return uvloop.new_event_loop


def _rulesets(text: str) -> tuple[RuleSet, ...]:
    """Every rule with its default parameters, on 1m and what else was asked for."""
    names = dict.fromkeys([MINUTE, *(part.strip() for part in text.split(",") if part.strip())])
    for name in names:
        if name not in TIMEFRAME_MS:
            raise CommandError(f"--timeframes: {name!r} is not one of {', '.join(TIMEFRAME_MS)}")
    return tuple(
        compile_rules(
            (rule.rule_id for rule in RULES.values() if not (rule.session_rule and name == "1d")),
            timeframe=name,
        )
        for name in names
    )


def _checked_shard(text: str) -> str:
    match = SHARD.fullmatch(text)
    if match is None or int(match[1]) >= int(match[2]):
        raise CommandError(f"--shard: {text!r} is not a part like 0/4 (the first of four)")
    return text


def _feed_maker(options: dict[str, Any]) -> Callable[[Callable[[], None]], Feed]:
    symbols = tuple(part.strip() for part in options["symbols"].split(",") if part.strip())
    try:
        check_speed(options["speed"])
    except ClockError as error:
        raise CommandError(f"--speed: {error}") from None

    def make(guard: Callable[[], None]) -> Feed:
        try:
            return build_feed(
                source=options["source"],
                symbols=_part_of(symbols or _usual(options["source"]), options["shard"]),
                speed=options["speed"],
                seed=settings.ENV.SEED,
                guard=guard,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error

    return make


def _usual(source: str) -> tuple[str, ...]:
    """The symbols of a source when none are named; a replay has those that it has bars of."""
    return () if source == "replay" else DEMO_SYMBOLS


def _part_of(symbols: tuple[str, ...], shard: str) -> tuple[str, ...]:
    """The symbols of a shard, by a hash that every process and machine computes alike."""
    index, count = map(int, shard.split("/"))
    if count == 1:
        return symbols
    everything = symbols or tuple(row.symbol for row in list_instruments())
    mine = tuple(each for each in everything if zlib.crc32(each.encode()) % count == index)
    if not mine:
        raise CommandError(f"--shard {shard}: no symbol falls to it")
    return mine
