"""The live page all day: by keyboard, offline, while alerts arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlparse

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.e2e.steps import (
    SLOW,
    cards,
    counted,
    hold_animations_at_their_start,
    log_in,
    open_tab,
    replay,
    violations,
    wait_for_bars,
)
from tests.processes import wait_until

FIRST_LOAD = 300_000


@pytest.fixture(autouse=True)
def _market_moves_on(page: Page) -> Iterator[None]:
    """A journey that has paused the market leaves it running for the next."""
    yield
    page.context.set_offline(False)
    replay(page, "resume")


@pytest.mark.goes_offline
def test_labels_given_offline_arrive_once(page: Page, context: BrowserContext) -> None:
    posted: list[Request] = []
    page.on("requestfinished", lambda r: posted.append(r) if _is_label(r) else None)
    log_in(page)
    open_tab(page, "All")
    expect(cards(page).nth(1)).to_be_visible(timeout=SLOW)
    replay(page, "pause")
    before = counted(page, "feedback_labels_total")
    context.set_offline(True)
    for index in (0, 1):
        cards(page).nth(index).click()
        page.get_by_role("button", name=re.compile("^Bad")).first.click()
        expect(page.get_by_text("Bad will send")).to_be_visible()
    half_a_minute = re.compile(r"^Reconnecting, last bar .*, ([3-9]\d|\d{3}) s ago$")
    expect(page.get_by_test_id("reconnecting")).to_have_text(half_a_minute, timeout=2 * SLOW)
    assert posted == []
    context.set_offline(False)
    expect(page.get_by_text("Bad will send")).to_have_count(0, timeout=SLOW)
    expect(page.get_by_test_id("reconnecting")).to_have_count(0, timeout=SLOW)
    replay(page, "resume")
    kept = [r for r in posted if (answer := r.response()) is not None and answer.status == 201]
    assert len(kept) == 2
    assert len({r.headers["idempotency-key"] for r in kept}) == 2
    assert counted(page, "feedback_labels_total") == before + 2


def _is_label(request: Request) -> bool:
    return request.method == "POST" and urlparse(request.url).path == "/api/feedback"


def test_an_alert_that_arrives_moves_nothing_under_the_hand(page: Page) -> None:
    log_in(page)
    open_tab(page, "All")
    replay(page, "pause")
    card = cards(page).first
    card.focus()
    signal = card.get_attribute("data-signal")
    before = card.bounding_box()
    replay(page, "nextAlert")
    expect(page.get_by_test_id("new-pill")).to_be_visible(timeout=2 * SLOW)
    assert cards(page).first.get_attribute("data-signal") == signal
    after = card.bounding_box()
    assert before is not None
    assert after is not None
    assert (before["x"], before["y"]) == (after["x"], after["y"])
    assert page.evaluate("document.activeElement.dataset.signal") == signal
    page.get_by_test_id("new-pill").click()
    expect(page.get_by_test_id("new-pill")).to_have_count(0)
    replay(page, "resume")


def test_marker_and_card_point_at_each_other(page: Page) -> None:
    log_in(page)
    wait_for_bars(page)
    open_tab(page, "All")
    replay(page, "pause")
    cards(page).first.click()
    chart = page.get_by_test_id("chart")
    page.mouse.move(5, 5)
    expect(page.locator("article[data-hovered]")).to_have_count(0)
    box = chart.bounding_box()
    assert box is not None
    hovered = page.locator("article[data-hovered]")
    # The marker's place is the canvas's own business: look for one as a hand would.
    for x, y in _points(int(box["width"]) - 90, int(box["height"]) - 120):
        page.mouse.move(box["x"] + x, box["y"] + y)
        if hovered.count():
            break
    signal = hovered.first.get_attribute("data-signal")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(f"article[data-open][data-signal='{signal}']")).to_be_visible()


def test_a_card_shows_its_marker_under_pointer_and_focus(page: Page) -> None:
    log_in(page)
    wait_for_bars(page)
    open_tab(page, "All")
    replay(page, "pause")
    cards(page).first.click()
    symbol = cards(page).first.get_by_test_id("symbol").inner_text()
    own = page.locator("[role=feed] article:not([data-open])").filter(
        has=page.get_by_test_id("symbol").get_by_text(symbol, exact=True)
    )
    expect(own.first).to_be_visible(timeout=SLOW)
    calm = _calm_chart(page)
    # The newest of the symbol's other alerts lies in sight, or the next one to the left does.
    for card in own.all()[:5]:
        card.hover()
        pointed = _calm_chart(page)
        page.mouse.move(5, 5)
        assert _calm_chart(page) == calm
        if pointed != calm:
            break
    assert pointed != calm
    signal = card.get_attribute("data-signal")
    card.focus()
    expect(page.locator(f"article[data-open][data-signal='{signal}']")).to_be_visible()
    assert _calm_chart(page) not in {calm, pointed}


def _calm_chart(page: Page) -> bytes:
    """The chart's picture, once two in a row are the same."""
    chart = page.get_by_test_id("chart")
    pictures = [chart.screenshot()]

    def still() -> bool:
        pictures.append(chart.screenshot())
        return pictures[-1] == pictures[-2]

    wait_until(still, what="the chart stands still", seconds=SLOW / 1000)
    return pictures[-1]


def _points(width: int, height: int) -> Iterator[tuple[int, int]]:
    """From the newest bar back, close enough together to meet every marker."""
    for x in range(width, width // 3, -7):
        for y in range(20, height, 11):
            yield x, y


def test_the_badge_plays_to_the_next_alert(page: Page) -> None:
    log_in(page)
    before = _count(page, "All")
    page.get_by_test_id("source-badge").click()
    page.get_by_role("button", name="To the next alert", exact=True).click()
    expect(page.get_by_role("tab", name=re.compile("^All"))).not_to_have_text(
        re.compile(rf"^All\s*{before}$"), timeout=2 * SLOW
    )


def test_the_next_alert_is_reached_by_keyboard_alone(page: Page) -> None:
    log_in(page)
    before = _count(page, "All")
    badge = page.get_by_test_id("source-badge")
    _tab_to(page, badge)
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("button", name="To the next alert", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name=re.compile("^All"))).not_to_have_text(
        re.compile(rf"^All\s*{before}$"), timeout=2 * SLOW
    )
    page.keyboard.press("Escape")
    expect(badge).to_be_focused()


def _tab_to(page: Page, control: Locator) -> None:
    """Press Tab until the control has the focus; a dozen controls before it are too many."""
    expect(control).to_be_visible(timeout=SLOW)
    for _ in range(12):
        if control.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(control).to_be_focused()


def _count(page: Page, tab: str) -> int:
    text = page.get_by_role("tab", name=re.compile(rf"^{tab}\s*\d")).inner_text(timeout=SLOW)
    return int(re.sub(r"\D", "", text))


def test_settings_and_keys_survive_a_reload(page: Page) -> None:
    log_in(page)
    page.goto("/settings?section=display")
    page.get_by_text("Blue and orange").click()
    page.goto("/settings?section=keys")
    page.get_by_role("button", name="Change the key of Why").click()
    page.keyboard.press("y")
    expect(page.get_by_role("row", name=re.compile("^Why")).locator("kbd")).to_have_text("Y")
    page.reload()
    expect(page.get_by_role("row", name=re.compile("^Why")).locator("kbd")).to_have_text("Y")
    page.goto("/settings?section=display")
    expect(page.get_by_role("radio", name="Blue and orange")).to_be_checked()
    page.get_by_text("Cyan and red").click()
    page.goto("/settings?section=keys")
    page.get_by_role("button", name="Default keys").click()
    expect(page.get_by_role("row", name=re.compile("^Why")).locator("kbd")).to_have_text("E")


def test_everything_by_keyboard(page: Page) -> None:
    log_in(page)
    open_tab(page, "All")
    page.keyboard.press("j")
    expect(cards(page).first).to_be_focused()
    page.keyboard.press("j")
    expect(cards(page).nth(1)).to_be_focused()
    page.keyboard.press("2")
    expect(page.get_by_text(re.compile("Bad saved")).first).to_be_visible(timeout=SLOW)
    page.keyboard.press("u")
    expect(page.get_by_text(re.compile("Undone, now")).first).to_be_visible(timeout=SLOW)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("chart")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter the watchlist")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rules", timeout=SLOW)
    page.keyboard.press("Control+k")
    search = page.get_by_placeholder("Page, symbol or setting")
    expect(search).to_be_visible(timeout=SLOW)
    search.fill("Settings")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings", timeout=SLOW)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_screen_breaks_an_accessibility_rule(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    log_in(page)
    wait_for_bars(page)
    open_tab(page, "All")
    found = {"live": violations(page)}
    hold_animations_at_their_start(page)
    open_tab(page, "Held back")
    found["held back, animated"] = violations(page)
    open_tab(page, "All")
    found["live, animated"] = violations(page)
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    paths = [link.get_attribute("href") or "/" for link in links.all()]
    for path in paths[1:]:
        page.goto(path)
        page.get_by_role("heading", level=1).wait_for(timeout=SLOW)
        page.wait_for_load_state("load")
        found[path] = violations(page)
    assert {name: rules for name, rules in found.items() if rules} == {}


def test_a_toast_on_a_phone_covers_nothing(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page)
    open_tab(page, "All", refill=lambda: replay(page, "nextAlert"))
    cards(page).first.click()
    button = page.locator("button[data-label]").first
    button.click()
    toast = page.locator(".mantine-Notifications-notification")
    toast.wait_for(timeout=SLOW)
    links = page.get_by_role("navigation", name="Pages")
    top, bottom, links_top, main_end = page.evaluate(
        """([toast, links]) => {
             const { top, bottom } = toast.getBoundingClientRect();
             const main = document.querySelector("#main > *").getBoundingClientRect();
             return [top, bottom, links.getBoundingClientRect().top, main.bottom];
           }""",
        [toast.element_handle(), links.element_handle()],
    )
    assert main_end <= top < bottom <= links_top


def test_the_first_load_is_small(page: Page) -> None:
    log_in(page)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    paths: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on(
        "Network.requestWillBeSent",
        lambda e: paths.update({e["requestId"]: urlparse(e["request"]["url"]).path}),
    )
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
    )
    page.reload()
    wait_for_bars(page)
    # What was still on its way before the reload has no path here.
    own = {paths[key]: sizes[key] for key in paths.keys() & sizes if not _is_data(paths[key])}
    assert "/" in own
    assert 100_000 < sum(own.values()) <= FIRST_LOAD, own


def test_an_open_card_has_the_height_that_it_was_drawn_with(page: Page) -> None:
    log_in(page)
    replay(page, "pause")
    open_tab(page, "All")
    for index in (0, 1, 2):
        cards(page).nth(index).click()
        card = page.locator("article[data-open]")
        expect(card.get_by_text(re.compile("^gate now"))).to_be_visible(timeout=SLOW)
        box = card.bounding_box()
        assert box is not None
        assert (round(box["width"]), round(box["height"])) == (355, 286)


def test_the_dock_is_folded_on_a_low_screen_and_opens(page: Page) -> None:
    dock = page.get_by_role("region", name="Details")
    log_in(page)
    expect(dock).to_be_visible()
    for height in (799, 720):
        page.set_viewport_size({"width": 1280, "height": height})
        expect(dock).to_have_count(0)
    tall = page.get_by_test_id("chart").bounding_box()
    page.get_by_role("button", name="Why, bars, day").click()
    expect(dock).to_be_visible()
    low = page.get_by_test_id("chart").bounding_box()
    assert tall is not None
    assert low is not None
    assert tall["height"] - low["height"] == 200
    page.get_by_role("button", name="Hide details").click()
    expect(dock).to_have_count(0)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(dock).to_be_visible()


def _is_data(path: str) -> bool:
    return path.startswith(("/api/", "/slo"))
