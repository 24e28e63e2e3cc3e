"""The main job, as a trader does it: log in, see the market move, label an alert, take it back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.steps import log_in


def test_a_label_moves_score_and_gate_and_is_taken_back(page: Page) -> None:
    log_in(page)
    page.get_by_role("tab", name="All").click()
    card = page.locator("[role=feed] article").first
    card.wait_for(timeout=120_000)
    card.click()
    page.get_by_role("button", name=re.compile("^Bad")).first.click()
    toast = page.get_by_text(re.compile(r"Bad saved.*Score .* → .*gate .* → "))
    expect(toast.first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(page.get_by_text(re.compile("Undone, now")).first).to_be_visible(timeout=20_000)


def test_the_market_clock_moves(page: Page) -> None:
    log_in(page)
    clock = page.get_by_text(re.compile(r"\d\d:\d\d:\d\d ET")).first
    first = clock.inner_text(timeout=30_000)
    expect(clock).not_to_have_text(first, timeout=30_000)
