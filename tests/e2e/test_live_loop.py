"""The main job, as a trader does it: log in, see the market move, label an alert, take it back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.steps import cards, log_in

CLAMPED = 0.3
"""From this score on, either way, the confidence gate is at its limit and stays there."""


def test_a_label_moves_score_and_gate_and_is_taken_back(page: Page) -> None:
    log_in(page)
    page.get_by_role("tab", name="All").click()
    card = cards(page).filter(has_text=re.compile("|".join(map(re.escape, _movable(page))))).first
    card.wait_for(timeout=120_000)
    card.click()
    page.get_by_role("button", name=re.compile("^Bad")).first.click()
    toast = page.get_by_text(re.compile(r"Bad saved.*Score .* → .*gate .* → "))
    expect(toast.first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(page.get_by_text(re.compile("Undone, now")).first).to_be_visible(timeout=20_000)


def _movable(page: Page) -> list[str]:
    """Titles of the rules whose gate a label can move, one way and back."""
    titles = {rule["ruleId"]: rule["title"] for rule in page.request.get("/api/rules").json()}
    metrics = page.request.get("/api/rules/metrics").json()
    return [titles[rule["ruleId"]] for rule in metrics if abs(rule["score"]) < CLAMPED - 0.1]


def test_the_market_clock_moves(page: Page) -> None:
    log_in(page)
    clock = page.get_by_text(re.compile(r"\d\d:\d\d:\d\d ET")).first
    first = clock.inner_text(timeout=30_000)
    expect(clock).not_to_have_text(first, timeout=30_000)
