"""Everything that can be opened, one view after the other, for what must hold on all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from tests.e2e.scenes import JOURNAL, SETTINGS
from tests.e2e.steps import SLOW, cards, log_in, open_tab, replay

CSV = "symbol,side,quantity,entryTime,entryPrice\nSPY,long,10,2025-03-03T10:00:00,580.25\n"
RUN, CASE = "Run Core rules, a month", "ema_cross_long"


def every_view(page: Page) -> Iterator[str]:
    """Opens one view after the other and yields its name while it is open."""
    page.goto("/")
    page.get_by_role("button", name="Log in").wait_for(timeout=SLOW)
    yield "login"
    log_in(page)
    yield from _live(page)
    yield from _dialogs(page)
    links = page.get_by_role("navigation", name="Pages").get_by_role("link").all()
    paths = [link.get_attribute("href") or "/" for link in links][1:]
    for path in [*paths, *_within()]:
        visit(page, path)
        yield path
    yield from _backtest(page)
    yield from _drawers(page)


def visit(page: Page, path: str) -> None:
    """A page with what it shows."""
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for(timeout=SLOW)
    expect(page.locator(".mantine-Skeleton-root:visible")).to_have_count(0, timeout=2 * SLOW)


def _within() -> list[str]:
    tabs = [f"/journal?tab={tab}" for tab in JOURNAL]
    sections = [f"/settings?section={section}" for section in SETTINGS]
    return [*tabs, *sections, "/rules?rule=ema_cross"]


def _live(page: Page) -> Iterator[str]:
    for tab in ("Held back", "All"):
        open_tab(page, tab, refill=lambda: replay(page, "nextAlert"))
        cards(page).first.click()
        yield f"live, {tab}"
    page.locator("button[data-label]").first.click()
    page.get_by_test_id("label-toast").wait_for(timeout=SLOW)
    yield "toast"
    details = page.get_by_role("button", name="Why", exact=True)
    phone = details.count() > 0  # it has no dock
    if phone:
        details.click()
        page.get_by_role("dialog", name="Details").wait_for(timeout=SLOW)
    for tab in ("Why", "Bars", "Day"):
        page.get_by_role("tab", name=tab, exact=True).click()
        yield f"live, {tab}"
    if phone:
        _close(page)


def _dialogs(page: Page) -> Iterator[str]:
    for control in ("source-badge", "voice"):
        page.get_by_test_id(control).click()
        page.get_by_role("dialog").first.wait_for(timeout=SLOW)
        yield control
        page.keyboard.press("Escape")
    for key, name in (("?", "Keys"), ("Control+k", None)):
        page.get_by_test_id("chart").focus()
        page.keyboard.press(key)
        shown = page.get_by_role("dialog", name=name) if name else page.get_by_placeholder("Page,")
        shown.wait_for(timeout=SLOW)
        yield name or "palette"
        page.keyboard.press("Escape")
        shown.wait_for(state="detached", timeout=SLOW)


def _backtest(page: Page) -> Iterator[str]:
    """A run's result, a trigger on its bars, the promote dialog, the runs there were, a sweep."""
    visit(page, "/backtest")
    result = page.get_by_role("button", name=re.compile("^Show the "))
    if result.count():
        result.click()
    page.get_by_role("button", name=RUN, exact=True).click()
    timeline = page.get_by_test_id("timeline")
    timeline.wait_for(timeout=3 * SLOW)
    yield "backtest, result"
    timeline.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_test_id("trigger-chart").locator("canvas").first.wait_for(timeout=SLOW)
    yield "backtest, trigger"
    _close(page)
    page.get_by_role("button", name="Promote as Golden").click()
    page.get_by_role("button", name="Plant faults and promote").wait_for(timeout=SLOW)
    yield "backtest, promote"
    _close(page)
    _set_up(page, "History")
    yield "backtest, history"
    _set_up(page, "Sweep")
    for name in ("Fast", "Slow"):
        page.get_by_role("button", name=f"Vary {name} period").click()
    yield "backtest, sweep"
    page.get_by_role("button", name="Try 25 variants").click()
    page.get_by_test_id("tried").wait_for(timeout=3 * SLOW)
    yield "backtest, sweep's result"


def _set_up(page: Page, side: str) -> None:
    """A side of the set-up, which on a phone shows one at a time with the result."""
    change = page.get_by_role("button", name="Change the set-up")
    if change.count():
        change.click()
    page.get_by_text(side, exact=True).first.click()


def _drawers(page: Page) -> Iterator[str]:
    visit(page, "/golden")
    _open(page, page.get_by_role("button", name=CASE, exact=True), "Download")
    yield "golden, case"
    visit(page, "/journal?tab=trades")
    _open(page, page.get_by_role("button", name="Add a trade").first, "Quantity")
    yield "journal, new trade"
    _close(page)
    _open(page, page.locator("tr[data-trade] button").first, "Delete")
    yield "journal, trade"
    _close(page)
    page.get_by_role("button", name="Import a file").first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "trades.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    page.get_by_test_id("import-summary").wait_for(timeout=SLOW)
    yield "journal, import"
    _close(page)


def _open(page: Page, opener: Locator, shown: str) -> None:
    opener.click()
    page.get_by_role("dialog").get_by_text(re.compile(shown)).first.wait_for(timeout=SLOW)


def _close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
