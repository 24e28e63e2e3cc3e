"""`make screenshots`: every screen and state of the running product, as pictures to look at.

Nothing in them is staged: the product is started as `make run` does, a state is brought about and
waited for (a frozen feed, a lost connection, a closed market), and the picture is taken.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from coach.market.sources.synthetic import DEMO_SYMBOLS
from tests.e2e.camera import THEMES, Camera, camera
from tests.e2e.chromium import launch
from tests.e2e.scenes import gap, live, other_pages
from tests.e2e.steps import SLOW, log_in, open_tab, replay, wait_for_bars
from tests.running import Running, live_leader, running

DAY_MS = 86_400_000
HOLE = slice(-60, -48)
"""Bars before the close that the closed market's file lacks: quiet minutes, blank without hatch."""
SEED = "146"
"""A made-up market whose feed lost minutes on the session before the first live one: a hatch."""
NEWCOMER, PASSWORD = "newcomer", "Long-Enough-7"


def in_trouble(eye: Camera, app: Running) -> None:
    """The feed frozen until its age is red, then the connection lost (grey), then back: amber for
    one or two losses an hour."""
    page = eye.page
    chips = page.get_by_test_id("latency-hud")
    page.goto("/")
    wait_for_bars(page)
    feed = live_leader(app)
    os.kill(feed, signal.SIGSTOP)
    page.get_by_test_id("stale").wait_for(timeout=SLOW)
    chips.locator("[data-health=poor]").filter(has_text="Feed").wait_for(timeout=SLOW)
    eye.shoot("live-stale")
    os.kill(feed, signal.SIGCONT)
    page.get_by_test_id("stale").wait_for(state="detached", timeout=SLOW)
    page.context.set_offline(offline=True)
    page.get_by_test_id("reconnecting").wait_for(timeout=SLOW)
    eye.shoot("live-disconnected")
    missed = re.compile(r", (?:[89]|[1-9]\d) s ago")  # a minute bar takes 6 s here
    expect(page.get_by_test_id("reconnecting")).to_contain_text(missed, timeout=2 * SLOW)
    page.context.set_offline(offline=False)
    page.get_by_test_id("recovered").wait_for(timeout=SLOW)
    eye.shoot("live-recovered")
    chips.locator("[data-health=fair]").filter(has_text="Reconnects").wait_for(timeout=SLOW)
    eye.shoot("live-reconnected")


def empty(eye: Camera, app: Running) -> None:
    """Somebody's first minute, before anything has fired for him."""
    replay(eye.page, "pause")
    wait_until_paused(eye.page)
    manage(
        ["createsuperuser", "--noinput", "--username", f"{NEWCOMER}-{eye.theme}"],
        {"DATA_DIR": str(app.data_dir), "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
    )
    eye.page.context.clear_cookies()
    log_in(eye.page, username=f"{NEWCOMER}-{eye.theme}", password=PASSWORD)
    changes = eye.page.get_by_label("Watchlist").get_by_text(re.compile(r"\d %"))
    expect(changes).to_have_count(len(DEMO_SYMBOLS), timeout=2 * SLOW)
    eye.shoot("live-empty")
    eye.page.goto("/journal?tab=trades")
    eye.page.get_by_text("No trades yet").wait_for(timeout=SLOW)
    eye.shoot("journal-trades-empty")
    eye.page.goto("/")
    wait_for_bars(eye.page)
    replay(eye.page, "resume")


def wait_until_paused(page: Page) -> None:
    """Until the badge says so and the market's clock stands still."""
    expect(page.get_by_test_id("source-badge")).to_contain_text("paused", timeout=SLOW)
    clock = page.get_by_test_id("market-clock").locator("time")
    for _ in range(60):
        before = clock.inner_text()
        page.wait_for_timeout(2_000)  # what was under way when it paused
        if clock.inner_text() == before:
            return
    raise AssertionError("the market moves on while it is paused")


def closed(eye: Camera) -> None:
    """After the last session's close."""
    log_in(eye.page)
    eye.page.get_by_test_id("closed").wait_for(timeout=2 * SLOW)
    eye.page.get_by_label("Watchlist").get_by_text("%").first.wait_for(timeout=2 * SLOW)
    eye.shoot("live-closed", again=lambda: open_tab(eye.page, "All"))


def manage(arguments: list[str], environment: Mapping[str, str]) -> None:
    """Run `manage.py` with a data directory of its own."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=True,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )


def keep_bars(page: Page, file: Path) -> None:
    """The demo's whole sessions of SPY, without the one that still runs, as a file to import."""
    known = page.request.get("/api/symbols").json()
    end = next(one for one in known if one["symbol"] == "SPY")["dataRange"]["to"]
    begin = str(end - 5 * DAY_MS)
    query: dict[str, str | float | bool] = {"symbol": "SPY", "timeframe": "1m", "from": begin}
    answer = page.request.get("/api/bars", params=query).json()
    today = answer["bars"][-1][0] // DAY_MS
    whole = [row for row in answer["bars"] if row[0] // DAY_MS < today]
    del whole[HOLE]
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(answer["columns"])
        writer.writerows(whole)


def closed_market(home: Path, bars: Path) -> dict[str, str]:
    """A data directory with those bars alone; the environment that replays them to their end."""
    home.mkdir()
    settings = {"DATA_DIR": str(home), "SOURCE": "replay", "SPEED": "0", "SYMBOLS": "SPY"}
    manage(["migrate"], settings)
    manage(["import_bars", str(bars), "--symbol", "SPY", "--timeframe", "1m"], settings)
    return settings


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description="pictures of every screen and state")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        home, browser = Path(name), launch(playwright)
        bars = home / "SPY.csv"
        # A picture takes its time: nobody ends the frozen feed, and nobody takes over.
        demo = {"SPEED": "10", "SEED": SEED, "FROZEN_SECONDS": "0", "STANDBY": "0"}
        with running(home / "demo", demo) as app:
            for theme in THEMES:
                eye = camera(browser, app.base_url, theme, folder)
                live(eye)
                gap(eye)
                other_pages(eye)
                keep_bars(eye.page, bars)
                in_trouble(eye, app)
                empty(eye, app)
        with running(home / "closed", closed_market(home / "closed", bars)) as app:
            for theme in THEMES:
                closed(camera(browser, app.base_url, theme, folder))
        browser.close()
    pictures = sorted(folder.glob("*.webp"))
    size = sum(picture.stat().st_size for picture in pictures)
    sys.stdout.write(f"{len(pictures)} pictures in {folder}, {size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
