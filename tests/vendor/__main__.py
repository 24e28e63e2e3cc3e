"""`python -m tests.vendor`: the vendor for `SOURCE=polygon make run` on a machine without a key.

Prints the environment to run with. The market is made up and lives on the wall's time: stocks while
New York is open, X:BTCUSD always.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from coach.market.calendars import default_calendar, session_at, sessions_between
from coach.market.columns import BarColumns
from coach.market.sources.synthetic import make_session
from tests.vendor.market import SEED, as_results
from tests.vendor.rest import KEY, RestServer
from tests.vendor.stream import StreamServer, event

Json = dict[str, Any]
DAY_MS = 86_400_000
HISTORY_DAYS = 16


class Market:
    """A symbol's bars up to now."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.calendar = default_calendar(symbol)
        self.crypto = symbol.startswith("X:")
        self.name = symbol.removeprefix("X:").replace("USD", "-USD") if self.crypto else symbol
        self._open_ms = 0
        self._seconds: dict[int, Json] = {}
        self._minutes: dict[int, Json] = {}

    def history(self, until_ms: int) -> list[Json]:
        """The minutes of the last weeks, today's included."""
        found: list[Json] = []
        first = until_ms - HISTORY_DAYS * DAY_MS
        for session in sessions_between(self.calendar, first, until_ms + DAY_MS):
            made = make_session(
                seed=SEED, symbol=self.symbol, calendar=self.calendar, session=session
            )
            found += as_results(made.minutes)
        return found

    def events(self, second_ms: int) -> Iterator[Json]:
        """What closes at a second."""
        session = session_at(self.calendar, second_ms - 1)
        if session is None:
            return
        if session.open_ms != self._open_ms:
            made = make_session(
                seed=SEED, symbol=self.symbol, calendar=self.calendar, session=session
            )
            self._open_ms = session.open_ms
            self._seconds, self._minutes = _by_ts(made.seconds), _by_ts(made.minutes)
        kinds = ("XAS", "XA") if self.crypto else ("A", "AM")
        if (second := self._seconds.get(second_ms - 1_000)) is not None:
            yield event(second, self.name, kind=kinds[0])
        if second_ms % 60_000 == 0 and (minute := self._minutes.get(second_ms - 60_000)):
            yield event(minute, self.name, kind=kinds[1])


def _by_ts(bars: BarColumns) -> dict[int, Json]:
    return {row["t"]: row for row in as_results(bars)}


def main(arguments: Sequence[str]) -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rest-port", type=int, default=8118)
    parser.add_argument("--stream-port", type=int, default=8119)
    parser.add_argument("--symbols", default="X:BTCUSD,SPY,AAPL")
    options = parser.parse_args(arguments)
    markets = [Market(symbol) for symbol in options.symbols.split(",")]
    rest, stream = RestServer(port=options.rest_port), StreamServer(port=options.stream_port)
    rest.visible_ms = lambda: int(time.time() * 1000) // 60_000 * 60_000
    now = int(time.time() * 1000)
    rest.bars = {market.symbol: market.history(now) for market in markets}
    sys.stdout.write(
        f"SOURCE=polygon SYMBOLS={options.symbols} POLYGON_API_KEY={KEY} "
        f"POLYGON_REST_URL={rest.url} POLYGON_STREAM_URL={stream.url} make run\n"
    )
    sys.stdout.flush()
    at = datetime.now(UTC).replace(microsecond=0)
    while True:
        at += timedelta(seconds=1)
        time.sleep(max(0.0, at.timestamp() - time.time()))
        second = round(at.timestamp() * 1000)
        said = [each for market in markets for each in market.events(second)]
        if said:
            stream.say(*said)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(0)
