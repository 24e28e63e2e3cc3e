"""What a hand can hit: every control of a page is large enough (WCAG 2.5.8; 48 px for a thumb)."""

from __future__ import annotations

from playwright.sync_api import Page

PHONE, DESK = 48, 24
SMALL = """least => {
  const controls = `a[href], button, input:not([type=hidden]), select, textarea, summary,
    [role=button], [role=tab], [role=switch], [role=radio], [role=slider], [role=option],
    [role=menuitem], [role=separator][tabindex], .mantine-SegmentedControl-label`;
  const enough = size => size > least - 0.5;
  // A field is hit by its frame, an input that is out of sight by its label.
  const boxes = one => [one, one.closest(".mantine-Input-wrapper"), ...(one.labels ?? [])];
  const isLarge = one => boxes(one).filter(Boolean).some(box => {
    const { width, height } = box.getBoundingClientRect();
    return enough(width) && enough(height);
  });
  // What belongs to a control at a distance from its middle; a dialog hides what lies behind it.
  const isAt = (one, right, down) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const [x, y] = [left + width / 2 + right, top + height / 2 + down];
    return one.contains(document.elementFromPoint(x, y));
  };
  const isCovered = one => {
    one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    return !isAt(one, 0, 0);
  };
  // Small to the eye, large to the hand.
  const reach = least / 2 - 1;
  const isHit = one => isAt(one, -reach, 0) && isAt(one, reach, 0)
    && isAt(one, 0, -reach) && isAt(one, 0, reach);
  // The exception of 2.5.8: a link within a sentence is as high as its line.
  const isText = one => one.matches("a") && getComputedStyle(one).display === "inline"
    && one.parentElement.textContent.trim() !== one.textContent.trim();
  const isThere = one => one.checkVisibility({ visibilityProperty: true })
    && one.getBoundingClientRect().width > 0 && one.getBoundingClientRect().right > 0;
  const name = one => (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).trim();
  return [...document.querySelectorAll(controls)]
    .filter(one => isThere(one) && !isText(one) && !isLarge(one) && !isCovered(one) && !isHit(one))
    .map(one => {
      const { width, height } = one.getBoundingClientRect();
      return `${one.localName} "${name(one)}" ${width.toFixed(0)}x${height.toFixed(0)}`;
    });
}"""


def too_small(page: Page, least: int) -> list[str]:
    """The controls on the page that are below `least` px high or wide, with their sizes."""
    found: list[str] = page.evaluate(SMALL, least)
    return found


OVERLAPPING = """() => {
  const edges = row => [...row.querySelectorAll("button")]
    .map(button => button.getBoundingClientRect())
    .filter(box => box.height > 0);
  return [...document.querySelectorAll("tr + tr")].filter(row => {
    const above = Math.max(...edges(row.previousElementSibling).map(box => box.bottom));
    return Math.min(...edges(row).map(box => box.top)) < above - 0.5;
  }).map(row => `the buttons of "${row.textContent.trim()}" lie on those above`);
}"""


def overlapping(page: Page) -> list[str]:
    """Rows of tables whose buttons lie on those of the row above."""
    found: list[str] = page.evaluate(OVERLAPPING)
    return found
