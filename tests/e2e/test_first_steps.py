"""The first five minutes: what to do once, found by keyboard, remembered, put away."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Response, expect

from tests.e2e.api import Api
from tests.e2e.steps import SLOW, cards, log_in, open_tab


def test_the_first_steps_are_remembered_and_can_be_put_away(page: Page) -> None:
    log_in(page)
    Api(page).send("PUT", "/api/settings", {"tour": {"done": [], "dismissed": False}})
    page.reload()
    chip = page.get_by_test_id("first-steps")
    expect(chip).to_have_accessible_name("First steps, 0/5 done", timeout=SLOW)
    open_tab(page, "All")
    _beacon_tells_by_keyboard(page)

    cards(page).first.focus()
    with page.expect_response(_saves_settings, timeout=SLOW):
        page.keyboard.press("2")
    some = re.compile("^First steps, [12]/5 done$")
    expect(chip).to_have_accessible_name(some, timeout=SLOW)
    page.reload()
    expect(chip).to_have_accessible_name(some, timeout=SLOW)
    expect(page.get_by_role("button", name="First steps: Run a preset")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="First steps: Label an alert")).to_have_count(0)

    chip.focus()
    page.keyboard.press("Enter")
    put_away = page.get_by_role("button", name="Put it away")
    expect(put_away).to_be_focused(timeout=SLOW)
    with page.expect_response(_saves_settings, timeout=SLOW):
        page.keyboard.press("Enter")
    expect(chip).to_have_count(0)
    page.reload()
    cards(page).first.wait_for(timeout=SLOW)
    expect(chip).to_have_count(0)


def _saves_settings(response: Response) -> bool:
    return response.request.method == "PUT" and response.url.endswith("/api/settings")


def _beacon_tells_by_keyboard(page: Page) -> None:
    beacon = page.get_by_role("button", name="First steps: Label an alert")
    expect(beacon).to_be_visible(timeout=SLOW)
    beacon.focus()
    page.keyboard.press("Enter")
    tip = page.get_by_role("dialog", name="Label an alert")
    expect(tip).to_be_visible()
    expect(cards(page).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    expect(beacon).to_be_focused()
