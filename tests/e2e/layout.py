"""What of a view lies beside the window, and what of a control cannot be seen."""

from __future__ import annotations

from playwright.sync_api import Page

BESIDE = """() => {
  const name = one => `${one.localName}#${one.id}.${one.className}`;
  const wider = one => one.scrollWidth > one.clientWidth;
  const higher = one => one.scrollHeight > one.clientHeight;
  const whole = [document.documentElement, document.body, document.querySelector("#main")];
  const dialogs = document.querySelectorAll(".mantine-Drawer-content, .mantine-Modal-content");
  const frames = [...whole, ...dialogs].filter(one => one && one.checkVisibility());
  const found = frames.filter(wider).map(one => `sideways: ${name(one)}`);
  found.push(...whole.filter(one => one && higher(one)).map(one => `the page: ${name(one)}`));
  // Words that do not break lie on what stands beside them.
  const spills = one => one.clientWidth > 0 && wider(one)
    && getComputedStyle(one).overflowX === "visible";
  for (const one of document.querySelectorAll("dd, td, th, p, figcaption"))
    if (one.checkVisibility() && spills(one))
      found.push(`spills: ${name(one)} ${one.textContent.trim().slice(0, 40)}`);
  // The chart stays where it is: what it stands in does not scroll, the cards below it do.
  const chart = document.querySelector("[data-testid=chart]");
  for (let one = chart; one; one = one.parentElement)
    if (higher(one) && /auto|scroll/.test(getComputedStyle(one).overflowY))
      found.push(`the chart moves with ${name(one)}`);
  return found;
}"""


def beside(page: Page) -> list[str]:
    """Parts of the view that one scrolls the page to, that lie right of it or over others."""
    found: list[str] = page.evaluate(BESIDE)
    return found


LEAST = 3.0
"""Contrast that the outline of a control has with what is around it (WCAG 1.4.11)."""
FAINT = """least => {
  const numbers = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([red, green, blue]) => 0.2126 * linear(red / 255)
    + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const isClear = colour => colour.length === 4 && colour[3] === 0;
  const ground = one => {
    const colour = numbers(getComputedStyle(one).backgroundColor);
    return isClear(colour) && one.parentElement ? ground(one.parentElement) : colour;
  };
  const colours = ({ backgroundColor, boxShadow, outlineStyle, outlineColor }) => [
    backgroundColor, boxShadow, outlineStyle === "none" ? "none" : outlineColor]
    .filter(each => each !== "none").map(each => numbers(each.match(/rgba?\\([^)]*\\)/)[0]));
  return [...document.querySelectorAll(".mantine-Switch-track")]
    .filter(track => track.checkVisibility())
    .map(track => [track, Math.max(...colours(getComputedStyle(track))
      .filter(each => !isClear(each)).map(each => contrast(each, ground(track.parentElement))))])
    .filter(([, most]) => !(most >= least))
    .map(([track, most]) => `${track.parentElement.textContent.trim()}: ${most.toFixed(2)}`);
}"""


def faint(page: Page) -> list[str]:
    """Switches that stand out from their ground neither by their filling nor by an outline."""
    found: list[str] = page.evaluate(FAINT, LEAST)
    return found
