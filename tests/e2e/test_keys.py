"""Keys of chart and pages, where the sheet names a key that was moved, how all are switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api import Api
from tests.e2e.steps import SLOW, log_in, open_tab, replay

NO_CHANGE = {"singleKeys": True, "bindings": {}}
PAGES: dict[str, str | re.Pattern[str]] = {
    "r": "Rules",
    "b": "Backtest",
    "j": "Journal",
    "s": "Settings",
    "l": re.compile("^Live"),
}


@pytest.fixture(autouse=True)
def _as_it_was(page: Page) -> Iterator[None]:
    """The market goes on, and no key stays changed for the next journey."""
    yield
    api = Api(page)
    replay(page, "resume")
    api.send("PUT", "/api/settings", {"keys": NO_CHANGE})


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_the_keys_of_chart_and_pages(page: Page) -> None:
    log_in(page)
    open_tab(page, "All")
    heading = page.get_by_role("heading", level=1)
    before = heading.inner_text()
    page.get_by_test_id("chart").focus()
    press(page, "]")
    expect(heading).not_to_have_text(before)
    press(page, "[")
    expect(heading).to_have_text(before)
    press(page, "/")
    expect(page.get_by_label("Filter the watchlist")).to_be_focused()
    press(page, "Escape")
    for letter, title in PAGES.items():
        page.get_by_role("main").focus()
        press(page, "g", letter)
        expect(heading).to_have_text(title, timeout=SLOW)


def test_a_key_is_moved_and_all_are_switched_off(page: Page) -> None:
    log_in(page)
    sheet = page.get_by_role("dialog", name="Keys")
    moved = {"singleKeys": True, "bindings": {"help": "y"}}
    Api(page).send("PUT", "/api/settings", {"keys": moved})
    page.reload()
    open_tab(page, "All")
    page.get_by_test_id("chart").focus()
    press(page, "?", "y")
    expect(sheet).to_be_visible(timeout=SLOW)
    row = sheet.locator("div").filter(has=page.get_by_text("Show the keys", exact=True)).last
    expect(row.locator("kbd")).to_have_text("Y")
    press(page, "Escape")
    expect(sheet).to_have_count(0)
    Api(page).send("PUT", "/api/settings", {"keys": {"singleKeys": False, "bindings": {}}})
    page.goto("/rules")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Rules", timeout=SLOW)
    expect(page.get_by_role("button", name="EMA cross")).to_be_visible(timeout=SLOW)
    press(page, "?", "g", "s", "Control+k")
    # The palette came, so what was pressed before it has been heard and did nothing.
    expect(page.get_by_placeholder("Page, symbol or setting")).to_be_visible(timeout=SLOW)
    expect(sheet).to_have_count(0)
    expect(heading).to_have_text("Rules")
