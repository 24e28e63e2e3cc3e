"""What moves on a page, for one who wants no motion."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

WATCH = """
window.moved = [];
const name = one => `${one.localName}.${one.className?.baseVal ?? one.className}`;
const note = event =>
  window.moved.push(`${event.propertyName ?? event.animationName} of ${name(event.target)}`);
for (const kind of ["transitionrun", "animationstart"])
  document.addEventListener(kind, note, true);
const animate = Element.prototype.animate;
Element.prototype.animate = function (...how) {
  window.moved.push(`script, of ${name(this)}`);
  return animate.apply(this, how);
};
"""
WOULD_MOVE = """() => {
  const ms = list => Math.max(...list.split(",").map(
    one => parseFloat(one) * (one.trim().endsWith("ms") ? 1 : 1000)));
  const moves = style => ms(style.transitionDuration) > 0
    || (style.animationName !== "none" && ms(style.animationDuration) > 0);
  const found = [...document.querySelectorAll("*")].filter(
    one => [null, "::before", "::after"].some(part => moves(getComputedStyle(one, part))));
  const name = one => `${one.localName}.${one.className?.baseVal ?? one.className}`;
  const would = found.map(one => `would: ${name(one)}`);
  return [...new Set([...window.moved.splice(0), ...would])];
}"""


def watch_motion(context: BrowserContext) -> None:
    """From the first script on, every page of the profile notes what begins to move."""
    context.add_init_script(WATCH)


def motion(page: Page) -> list[str]:
    """What has begun to move since the page was opened or last asked, or would at a change."""
    found: list[str] = page.evaluate(WOULD_MOVE)
    return found
