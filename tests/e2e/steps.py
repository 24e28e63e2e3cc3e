"""What every journey does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

AXE = Path("frontend/node_modules/axe-core/axe.min.js")
SLOW = 60_000
"""A busy machine is no failure."""


def log_in(page: Page, *, username: str = "demo", password: str = "demo") -> None:  # noqa: S107
    """Come in, and wait for the live page."""
    page.goto("/")
    page.get_by_label("Name").first.fill(username)
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="All").wait_for(timeout=SLOW)


def cards(page: Page) -> Locator:
    """The alerts of the tab that is open."""
    return page.locator("[role=feed] article")


def open_tab(page: Page, name: str, *, refill: Callable[[], None] | None = None) -> None:
    """Open one of Open, All, Held back and wait for a card; `refill` brings one."""
    page.get_by_role("tab", name=re.compile(f"^{name}")).click()
    if refill is not None and not cards(page).count():
        refill()
    cards(page).first.wait_for(timeout=2 * SLOW)


def replay(page: Page, action: str, **more: object) -> None:
    """Pause, resume, or go to the next alert, as the badge's controls do."""
    cookies = {item["name"]: item["value"] for item in page.context.cookies()}
    answer = page.request.post(
        "/api/replay",
        data={"action": action, **more},
        headers={"X-CSRFToken": cookies["csrftoken"], "Referer": page.url},
    )
    assert answer.ok, answer.text()


def wait_for_bars(page: Page) -> None:
    """Until the chart has its history: the watchlist can tell the change since yesterday."""
    change = page.get_by_label("Watchlist").get_by_text(re.compile(r"\d %")).first
    expect(change).to_be_visible(timeout=2 * SLOW)


def counted(page: Page, metric: str) -> int:
    """What the server has counted under a metric's name, all its labels together."""
    lines = page.request.get("/metrics").text().splitlines()
    values = [line for line in lines if re.match(rf"{metric}(\{{.*\}})? ", line)]
    return round(sum(float(line.rsplit(" ", 1)[1]) for line in values))


def violations(page: Page) -> list[str]:
    """Axe's findings; its script comes in by the debugger, so the policy stays in force.

    What fades in is judged once it has: a half-opened drawer has half its contrast.
    """
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(
        """async () => {
             for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
             const ends = one => one.effect.getComputedTiming().endTime < Infinity;
             const running = document.getAnimations().filter(
               one => one.playState === "running" && ends(one));
             await Promise.allSettled(running.map(one => one.finished));
             const {violations} = await axe.run(document, {resultTypes: ["violations"]});
             return violations.flatMap(
               v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")} ${n.any[0]?.message ?? ""}`));
           }"""
    )
    return found


def hold_animations_at_their_start(page: Page) -> None:
    """From here on every animation stands at its first frame: what is read there must be readable.

    A sheet built by script is not inline style, so the policy stays in force.
    """
    page.evaluate(
        """() => {
             const sheet = new CSSStyleSheet();
             sheet.replaceSync("* { animation-play-state: paused !important; }");
             document.adoptedStyleSheets.push(sheet);
           }"""
    )
