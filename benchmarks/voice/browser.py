"""A voice that cuts in, in Chromium: from its onset in the microphone to the last audible sample.

Chromium's microphone is a file: quiet, then a burst of noise, over and over. The page is the
product's own; the figures are those it reports to the server for `voice_interrupt_ms`.
"""

from __future__ import annotations

import json
import random
import shutil
import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, WebSocket, sync_playwright

from coach.config.env import BASE_DIR

RATE = 48_000
QUIET, BURST = 2.3, 0.35  # seconds
PATIENCE_MS = 60_000
SENTENCE_MS = 5_000
MOST_SENTENCES = 3  # for one interruption: a burst may fall between two sentences
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def write_voice(path: Path) -> None:
    """The microphone's file: a room's noise at -66 dB, and in it a burst at -20 dB."""
    noise = random.Random(7)  # noqa: S311
    loud = [noise.gauss(0, 3_000) for _ in range(int(BURST * RATE))]
    quiet = [noise.gauss(0, 16) for _ in range(int(QUIET * RATE))]
    samples = [max(-32_768, min(32_767, round(value))) for value in quiet + loud]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def _program() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


def missing() -> str | None:
    """What is not there to measure with; None: nothing."""
    if _program() is None:
        return "Chromium is not installed"
    built = (BASE_DIR / "frontend" / "dist" / "index.html").exists()
    return None if built else "the client is not built (make client)"


@contextmanager
def page_with_voice(base_url: str, directory: Path) -> Iterator[Page]:
    """A page of Chromium whose microphone is the file."""
    voice = directory / "voice.wav"
    write_voice(voice)
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
        chromium = playwright.chromium.launch(executable_path=_program(), args=flags)
        context = chromium.new_context(base_url=base_url, permissions=["microphone"])
        yield context.new_page()
        chromium.close()


def measure(
    base_url: str, directory: Path, *, user: str, password: str, onsets: int
) -> tuple[list[float], int]:
    """Milliseconds of each interruption by voice, and how many sentences that took."""
    found: list[float] = []
    sentences = 0

    def sent(payload: str | bytes) -> None:
        frame = json.loads(payload)
        if frame["type"] == "interrupt" and frame["silentTs"] is not None:
            found.append(frame["silentTs"] - frame["onsetTs"])

    def opened(socket: WebSocket) -> None:
        if socket.url.endswith("/ws/coach"):
            socket.on("framesent", sent)

    with page_with_voice(base_url, directory) as page:
        page.on("websocket", opened)
        page.goto("/")
        page.get_by_label("Name").first.fill(user)
        page.locator("input[type=password]").fill(password)
        page.keyboard.press("Enter")
        page.get_by_test_id("voice").click(timeout=PATIENCE_MS)
        page.get_by_role("switch", name="Speak alerts").check()
        page.get_by_role("switch", name="Stop when I speak").check()
        page.get_by_label("The microphone is on").wait_for(timeout=PATIENCE_MS)
        for _ in range(MOST_SENTENCES * onsets):
            if len(found) >= onsets:
                break
            page.get_by_role("button", name="Hear a sample").click()
            sentences += 1
            _wait_for_more(page, found)
    return found[:onsets], sentences


def _wait_for_more(page: Page, found: list[float]) -> None:
    """Until one more was found, or the sentence is over; Playwright's events come meanwhile."""
    have = len(found)
    for _ in range(SENTENCE_MS // 20):
        page.wait_for_timeout(20)
        if len(found) > have:
            return
