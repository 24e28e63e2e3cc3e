"""The voice, as a trader hears it: an alert is said, cut off by a key, and the page of promises
knows how long that took."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.steps import log_in
from tests.processes import wait_until

# Whatever goes to the loudspeaker goes past an analyser too.
TAP = """
const connect = AudioNode.prototype.connect;
const taps = [];
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    const tap = new AnalyserNode(this.context, { fftSize: 2048 });
    taps.push(tap);
    connect.call(this, tap);
  }
  return connect.call(this, to, ...rest);
};
window.loudest = () => Math.max(0, ...taps.map((tap) => {
  const samples = new Float32Array(tap.fftSize);
  tap.getFloatTimeDomainData(samples);
  return samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}));
"""
ALERT = re.compile(r"^[A-Z0-9.:_-]+ (long|short), .+, [0-9.]+(, and \w+ more)?$")


def speak(page: Page) -> None:
    """Log in and turn the voice on, tones off: what is heard is speech."""
    page.add_init_script(TAP)
    log_in(page)
    page.get_by_test_id("voice").click(timeout=30_000)
    # Not check(): that looks once, and the switch is the answer of a store that is told after it.
    # The journey before may have left it on.
    switch = page.get_by_role("switch", name="Speak alerts")
    if not switch.is_checked():
        switch.click()
    expect(switch).to_be_checked(timeout=30_000)
    expect(page.get_by_test_id("voice")).to_contain_text("Voice on", timeout=30_000)


def settings(page: Page, change: dict[str, Any]) -> None:
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    answer = page.request.put("/api/settings", data=change, headers={"X-CSRFToken": token})
    assert answer.ok, answer.text()


def interruptions(page: Page) -> int:
    count: int = page.request.get("/slo").json()["metrics"]["voiceInterruptMs"]["count"]
    return count


def test_an_alert_is_said_cut_off_by_a_key_and_timed(page: Page) -> None:
    speak(page)
    settings(
        page, {"sounds": {"enabled": False, "volume": 1, "long": True, "short": True, "lock": True}}
    )
    page.reload()
    page.get_by_role("tab", name="All").click(timeout=60_000)
    caption = page.get_by_test_id("voice-caption")
    expect(caption).to_have_text(ALERT, timeout=120_000)
    voice = page.get_by_test_id("voice")
    expect(voice).to_contain_text("Speaking", timeout=120_000)
    wait_until(
        lambda: page.evaluate("window.loudest() > 0.02"), what="window.loudest() > 0.02", seconds=60
    )
    before = interruptions(page)
    page.keyboard.press("Escape")
    expect(voice).to_contain_text("Voice on")
    expect(caption).to_have_attribute("data-state", "cut")
    wait_until(
        lambda: page.evaluate("window.loudest() === 0"), what="window.loudest() === 0", seconds=60
    )
    wait_until(lambda: interruptions(page) > before, what="it is counted", seconds=60)


def test_space_silences_and_commands_are_understood(page: Page) -> None:
    speak(page)
    panel = page.get_by_label("Tell the coach")
    panel.fill("mute ZZZ 10 minutes")
    panel.press("Enter")
    expect(page.get_by_text(re.compile("ZZZ muted until")).first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Unmute").click()
    expect(page.get_by_text(re.compile("ZZZ muted until"))).to_have_count(0, timeout=20_000)
    panel.fill("sell everything")
    panel.press("Enter")
    expect(page.get_by_text(re.compile("Say good, bad, late")).first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Hear a sample").click()
    wait_until(
        lambda: page.evaluate("window.loudest() > 0.02"), what="window.loudest() > 0.02", seconds=60
    )
    page.keyboard.press("Escape")  # closes the panel
    page.mouse.click(500, 400)  # the chart: Space belongs to a focused control
    page.keyboard.press(" ")
    expect(page.get_by_test_id("voice")).to_contain_text("Silent")
    wait_until(
        lambda: page.evaluate("window.loudest() === 0"), what="window.loudest() === 0", seconds=60
    )
    page.keyboard.press(" ")
    expect(page.get_by_test_id("voice")).to_contain_text("Voice on")
