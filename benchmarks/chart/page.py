"""The live page with six symbols in the watchlist, 10,000 bars of each, moving all the time."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.chart.frames import CATEGORIES, Frame, figures, frames_of
from benchmarks.figures import Figure
from tests.e2e.chromium import launch
from tests.e2e.steps import log_in, wait_for_bars
from tests.running import Running, running

GROUP = "live page"
SYMBOLS = ("SPY", "QQQ", "AAPL", "MSFT", "NVDA", "TSLA")
BARS, PER_SECOND = 10_000, 20
MINUTES_A_SESSION, DAY_MS = 390, 86_400_000
DAYS = 7 * -(-BARS // (5 * MINUTES_A_SESSION)) + 4
"""Calendar days that hold as many minutes of the session, holidays among them."""


class Reader:
    """Has the page read further back than it does by itself, and counts what it gets."""

    def __init__(self) -> None:
        self.bars: dict[str, int] = {}

    def __call__(self, route: Route) -> None:
        """A request for a symbol's first bars asks for the newest 10,000."""
        parts = urlsplit(route.request.url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if query["timeframe"] != "1m" or query["symbol"] in self.bars:
            route.continue_()
            return
        query["from"] = str(int(query["from"]) - DAYS * DAY_MS)
        answer = route.fetch(url=parts._replace(query=urlencode(query)).geturl())
        found = answer.json()
        found["bars"] = found["bars"][-BARS:]
        self.bars[query["symbol"]] = len(found["bars"])
        route.fulfill(response=answer, json=found)


def _page(browser: Browser, app: Running, reader: Reader) -> Page:
    """Logged in, every symbol's bars read."""
    view = {"width": 1440, "height": 900}
    page = browser.new_page(base_url=app.base_url, viewport=view, locale="en-US")  # type: ignore[arg-type]
    page.route(re.compile(r"/api/bars\?"), reader)
    log_in(page)
    wait_for_bars(page)
    while len(reader.bars) < len(SYMBOLS):
        page.wait_for_event("requestfinished")
    return page


def _moving(app: Running, reader: Reader, *, seconds: float) -> list[Frame]:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        page = _page(browser, app, reader)
        trace = Path(folder) / "trace.json"
        browser.start_tracing(page=page, path=trace, categories=CATEGORIES)
        page.wait_for_timeout(seconds * 1_000)  # the market moves
        browser.stop_tracing()
        browser.close()
        return frames_of(trace.read_bytes())


def run(*, seconds: float) -> list[Figure]:
    """Start the product, fill its page, and watch it move."""
    reader = Reader()
    environment = {"SPEED": str(PER_SECOND), "SYMBOLS": ",".join(SYMBOLS), "LOG_LEVEL": "WARNING"}
    with (
        tempfile.TemporaryDirectory(prefix="coach-bench-") as name,
        running(Path(name) / "data", environment) as app,
    ):
        frames = _moving(app, reader, seconds=seconds)
    least = min(reader.bars.values())
    note = f"{len(reader.bars)} symbols, {least:,} bars or more, {PER_SECOND} microbars/s each"
    return figures(GROUP, frames, note)
