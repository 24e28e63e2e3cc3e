"""The keys of a card that has the focus: each does its work, says so, and the card's keys go on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.api import Api
from tests.e2e.steps import SLOW, cards, log_in, open_tab, replay

WORDS = {"1": "Good", "2": "Bad", "3": "Late", "4": "Missed"}


@pytest.fixture
def card(page: Page) -> Iterator[Locator]:
    """An alert that still runs in a market that stands still, its card focused by its key."""
    log_in(page)
    replay(page, "pause")
    open_tab(page, "Open", refill=lambda: replay(page, "nextAlert"))
    page.get_by_test_id("chart").focus()
    page.keyboard.press("j")
    signal = page.locator("article:focus").get_attribute("data-signal", timeout=SLOW)
    yield page.locator(f"article[data-signal='{signal}']")
    replay(page, "resume")


def says(page: Page, text: str) -> None:
    """The toast says it, as an alert does: it is read out as well."""
    expect(page.get_by_role("alert").filter(has_text=re.compile(text))).to_be_visible(timeout=SLOW)


@pytest.mark.usefixtures("card")
def test_j_and_k_go_from_card_to_card(page: Page) -> None:
    open_tab(page, "All")
    cards(page).first.focus()
    for key, place in (("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(cards(page).nth(place)).to_be_focused()
        expect(cards(page).nth(place)).to_have_attribute("data-open", "true")


def test_each_label_says_itself_and_is_taken_back_step_by_step(page: Page, card: Locator) -> None:
    for key, word in WORDS.items():
        page.keyboard.press(key)
        says(page, f"^{word} saved")
        chosen = card.get_by_role("button", pressed=True)
        expect(chosen).to_have_text(re.compile(f"^{word}"))
    for now in ("Late", "Bad", "Good", "no label"):
        page.keyboard.press("u")
        says(page, f"^Undone, now {now}")
    expect(card.get_by_role("button", pressed=True)).to_have_count(0)
    expect(card).to_be_focused()


def test_t_takes_the_trade_into_the_journal_and_closes_it(page: Page, card: Locator) -> None:
    expect(card.get_by_role("button", name=re.compile("^Took it"))).to_be_visible(timeout=SLOW)
    page.keyboard.press("t")
    quantity = page.get_by_label(re.compile("^Quantity, at "))
    expect(quantity).to_be_focused(timeout=SLOW)
    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    page.keyboard.press("t")
    expect(quantity).to_be_focused(timeout=SLOW)
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name=re.compile("^Closed it"))).to_be_visible(timeout=SLOW)
    expect(card).to_be_focused()
    page.keyboard.press("t")
    expect(card.get_by_text(re.compile(r"^Taken (0\.00|[+−]\d+\.\d\d)R$"))).to_be_visible(
        timeout=SLOW
    )
    signal, api = card.get_attribute("data-signal"), Api(page)
    trades = api.get("/api/journal/trades", limit=50)["results"]
    (taken,) = [trade for trade in trades if trade["signalId"] == signal]
    assert not taken["open"]


def test_n_notes_e_explains_and_m_mutes_until_m_again(page: Page, card: Locator) -> None:
    page.keyboard.press("2")
    says(page, "^Bad saved")
    page.keyboard.press("n")
    expect(page.get_by_label("Note", exact=True)).to_be_focused(timeout=SLOW)
    page.keyboard.type("j thin tape")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name=re.compile("^Edit note"))).to_be_visible(timeout=SLOW)
    expect(card).to_be_focused()

    page.get_by_role("tab", name="Bars").click()
    card.focus()
    page.keyboard.press("e")
    expect(page.get_by_role("tab", name="Why")).to_have_attribute("aria-selected", "true")

    page.keyboard.press("m")
    says(page, r"is muted until \w{3} 00:00 ET\.$")
    expect(card.get_by_role("button", name=re.compile("^Unmute rule"))).to_be_visible()
    page.keyboard.press("m")
    says(page, r"is no longer muted\.$")
    expect(card.get_by_role("button", name=re.compile("^Mute rule"))).to_be_visible()
    page.keyboard.press("u")
    says(page, "^Undone")
