"""What `make screenshots` photographs while everything works: the live page and the others."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from tests.e2e.camera import PAINTED, Camera
from tests.e2e.steps import SLOW, cards, log_in, open_tab, replay, wait_for_bars

PRESET = "Core rules, a month"
RULE, CASE = "EMA cross", "ema_cross_long"
MINUTE_MS, REACH_MS = 60_000, 4 * 86_400_000
BARS_A_STEP, BARS_BESIDE = 5, 25
"""What an arrow key scrolls; bars that stay in view behind the gap."""
JOURNAL = ("review", "trades", "calendar", "breakdown")
SETTINGS = ("risk", "alerts", "delivery", "sound", "keys", "display", "account")


def first_card(page: Page, tab: str) -> None:
    """Open the first card of a tab of the alerts."""
    open_tab(page, tab, refill=lambda: replay(page, "nextAlert"))
    cards(page).first.click()


def live(eye: Camera) -> None:
    """An open card, one that was held back, a label with its toast, keys and palette."""
    page = eye.page
    log_in(page)
    wait_for_bars(page)
    eye.shoot("live-open", again=lambda: first_card(page, "Open"))
    eye.shoot("live-held-back", again=lambda: first_card(page, "Held back"))
    eye.shoot("live-labelled", again=lambda: label(page))
    dialog(eye, "keys", open_with="?", name="Keys")
    dialog(eye, "palette", open_with="Control+k", name=None)


def label(page: Page) -> None:
    """Say Bad to the first card; the toast shows what it changed."""
    first_card(page, "All")
    page.get_by_role("button", name=re.compile("^Bad")).first.click()
    page.get_by_text(re.compile("Bad saved|Undone")).first.wait_for(timeout=SLOW)


def dialog(eye: Camera, picture: str, *, open_with: str, name: str | None) -> None:
    """What a key opens, then closed again."""
    page = eye.page
    page.get_by_test_id("chart").focus()
    page.keyboard.press(open_with)
    shown = page.get_by_role("dialog", name=name) if name else page.get_by_placeholder("Page,")
    shown.wait_for(timeout=SLOW)
    eye.shoot(picture)
    page.keyboard.press("Escape")
    shown.wait_for(state="detached", timeout=SLOW)


def gap(eye: Camera) -> None:
    """Minutes that the feed lost, on the chart where they are missing."""
    eye.page.goto("/?symbol=SPY")
    wait_for_bars(eye.page)
    eye.shoot("live-gap", again=lambda: scroll_to_gap(eye.page))


def scroll_to_gap(page: Page) -> None:
    """Scroll back by keyboard, from the newest bar to the last gap of the feed."""
    known = page.request.get("/api/symbols").json()
    end = next(one for one in known if one["symbol"] == "SPY")["dataRange"]["to"]
    query: dict[str, str | float | bool] = {"symbol": "SPY", "timeframe": "1m"}
    query["from"] = str(end - REACH_MS)
    answer = page.request.get("/api/bars", params=query).json()
    lost = [each for each in answer["gaps"] if each["reason"] == "feed_gap"][-1]
    behind = sum(row[0] // MINUTE_MS > lost["toSeq"] for row in answer["bars"])
    chart = page.get_by_test_id("chart")
    chart.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(1_500)  # the chart glides there
    for _ in range(max(0, behind - BARS_BESIDE) // BARS_A_STEP):
        page.keyboard.press("ArrowLeft")
        page.evaluate(PAINTED)  # the next step starts from where this one led


def other_pages(eye: Camera) -> None:
    """Every other page, with what opens on it."""
    visit(eye, "/rules", "rules", shown=lambda: named_button(eye.page, RULE))
    named_button(eye.page, RULE, click=True)
    eye.page.get_by_role("dialog").wait_for(timeout=SLOW)
    eye.shoot("rules-detail")
    visit(eye, "/backtest", "backtest", shown=lambda: named_button(eye.page, f"Run {PRESET}"))
    backtest(eye)
    for tab in JOURNAL:
        visit(eye, f"/journal?tab={tab}", f"journal-{tab}")
    visit(eye, "/golden", "golden", shown=lambda: named_button(eye.page, CASE))
    named_button(eye.page, CASE, click=True)
    eye.page.get_by_role("link", name="Download the fixture").wait_for(timeout=SLOW)
    eye.shoot("golden-case")
    visit(eye, "/service-levels", "service-levels")
    visit(eye, "/parity", "parity")
    for section in SETTINGS:
        visit(eye, f"/settings?section={section}", f"settings-{section}")


def visit(eye: Camera, path: str, picture: str, *, shown: Callable[[], None] | None = None) -> None:
    """A page once its content is there."""
    eye.page.goto(path)
    eye.page.get_by_role("heading", level=1).wait_for(timeout=SLOW)
    if shown is not None:
        shown()
    eye.shoot(picture)


def named_button(page: Page, name: str, *, click: bool = False) -> None:
    """Wait for a button, and press it if asked to."""
    button = page.get_by_role("button", name=name, exact=True)
    button.wait_for(timeout=2 * SLOW)
    if click:
        button.click()


def backtest(eye: Camera) -> None:
    """A finished run, and the dialog that promotes a stretch of it."""
    page = eye.page
    named_button(page, f"Run {PRESET}", click=True)
    page.get_by_test_id("timeline").wait_for(timeout=3 * SLOW)
    eye.shoot("backtest-result")
    named_button(page, "Promote as Golden", click=True)
    page.get_by_role("button", name="Plant faults and promote").wait_for(timeout=SLOW)
    eye.shoot("backtest-promote")
    page.keyboard.press("Escape")
