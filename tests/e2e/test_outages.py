"""Whatever dies: the page says what is stale, and recovers without a reload, nothing missing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Page, Route, expect

from coach.config.env import runtime_dir
from tests.e2e.api import Api
from tests.e2e.steps import SLOW, cards, log_in, open_tab, replay, wait_for_bars
from tests.processes import wait_until
from tests.running import Running, answers, live_leader

pytestmark = pytest.mark.goes_offline

NEWEST = 12
OUTAGE_MS = 5_000


def children(app: Running, word: str) -> list[int]:
    """The supervisor's children with the word in their command line."""
    return [pid for pid in app.children if word in Path(f"/proc/{pid}/cmdline").read_text()]


def wait_for_others(app: Running, word: str, old: list[int]) -> None:
    """Until the supervisor has started as many anew."""

    def are_back() -> bool:
        try:
            return len(set(children(app, word)) - set(old)) >= len(old)
        except FileNotFoundError:
            return False

    wait_until(are_back, what=f"another {word}", seconds=60)


def reconnecting(page: Page) -> None:
    """The page says that its line is gone, and since when its bars are old."""
    expect(page.get_by_test_id("reconnecting")).to_be_visible(timeout=SLOW)


def cut_the_line(page: Page, app: Running) -> None:
    """No network for a while."""
    page.context.set_offline(True)
    reconnecting(page)
    page.context.set_offline(False)


def bad_gateway(page: Page, app: Running) -> None:
    """The proxy answers 502 to everything for five seconds."""
    answered: list[str] = []

    def refuse(route: Route) -> None:
        answered.append(route.request.url)
        route.fulfill(status=502, body="Bad Gateway")

    page.context.set_offline(True)
    page.context.route("**/api/**", refuse)
    page.context.set_offline(False)
    page.wait_for_timeout(OUTAGE_MS)  # how long it lasts is what is tried
    reconnecting(page)
    assert any("/api/stream" in url for url in answered)
    page.context.unroute("**/api/**", refuse)


def empty_redis(page: Page, app: Running) -> None:
    """Everything in Redis is gone."""
    socket = runtime_dir(app.data_dir.resolve()) / "redis.sock"
    with redis.Redis.from_url(f"unix://{socket}") as client:
        client.flushall()


def kill_web(page: Page, app: Running) -> None:
    """The process that serves the page: the other takes over, and a third stands by."""
    old = app.web_server
    assert old is not None
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: app.web_server not in {None, old}, what="the other serves", seconds=60)
    wait_for_others(app, "coach.config.web", [old])


def kill_live(page: Page, app: Running) -> None:
    """The process that makes the alerts: the other takes over, and a third stands by."""
    old = live_leader(app)
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: live_leader(app) != old, what="the other takes over", seconds=60)
    wait_for_others(app, "run_live", [old])


def freeze_live(page: Page, app: Running) -> None:
    """Both stand still, one perhaps in a write; the supervisor sees it and ends them."""
    old = children(app, "run_live")
    for pid in old:
        os.kill(pid, signal.SIGSTOP)
    expect(page.get_by_test_id("stale")).to_be_visible(timeout=SLOW)
    wait_for_others(app, "run_live", old)


@pytest.fixture
def watching(page: Page) -> Iterator[Page]:
    """The live page, all alerts in sight, in a market that moves."""
    log_in(page)
    replay(page, "resume")
    wait_for_bars(page)
    open_tab(page, "All")
    page.mouse.move(5, 5)  # a list that somebody reads keeps still
    page.evaluate("document.activeElement?.blur()")
    page.evaluate("window.notReloaded = true")
    yield page
    page.context.set_offline(False)
    replay(page, "resume")


def shown(page: Page) -> list[str]:
    """The newest alerts on the page."""
    found: list[str] = cards(page).evaluate_all("all => all.map(card => card.dataset.signal)")
    return found[:NEWEST]


def stored(page: Page) -> list[str]:
    """The newest alerts in the database."""
    rows = Api(page).get("/api/alerts", limit=200)["results"]
    rows.sort(key=lambda row: (row["ts"], row["confidence"], row["n"]), reverse=True)
    return [row["signalId"] for row in rows if row["delivered"]][:NEWEST]


@pytest.mark.parametrize(
    "outage",
    [cut_the_line, bad_gateway, empty_redis, kill_web, kill_live, freeze_live],
    ids=lambda f: f.__name__,
)
def test_the_page_recovers_by_itself_and_whole(
    watching: Page, app: Running, outage: Callable[[Page, Running], None]
) -> None:
    page = watching
    outage(page, app)
    wait_until(lambda: answers(f"{app.base_url}/readyz"), what="the product is ready", seconds=120)
    expect(page.get_by_test_id("reconnecting")).to_have_count(0, timeout=2 * SLOW)
    expect(page.get_by_test_id("stale")).to_have_count(0, timeout=2 * SLOW)
    before = stored(page)
    wait_until(lambda: stored(page) != before, what="an alert after it", seconds=180, every=0.5)
    replay(page, "pause")
    wait_until(lambda: shown(page) == stored(page), what="the page is whole", seconds=60, every=0.5)
    assert page.evaluate("window.notReloaded") is True
