"""A voice that cuts in, in Chromium: from its onset in the microphone to the last audible sample.

Chromium's microphone is a file with words in it, over and over. The page is the product's own, and
when it fell silent is what it reports to the server for `voice_interrupt_ms`; when a word began is
what the microphone's own clock says.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, WebSocket, sync_playwright

from benchmarks.voice.microphone import EAR, write_voice
from coach.config.env import BASE_DIR
from coach.live.voice import espeak

PATIENCE_MS = 60_000
SENTENCE_MS = 5_000
APART_MS = 200  # between the beginning of a word and what the page takes for it
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@dataclass
class Ear:
    """What was measured.

    Attributes:
        words: when each word began, epoch ms, by the microphone's clock.
        cuts: the page's onset and its last audible sample, epoch ms, of each sentence cut off.
        sentences: how many were begun.
    """

    words: list[float] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)
    sentences: int = 0

    @property
    def timed(self) -> list[tuple[float, float, float]]:
        """The cuts that followed a word: when it began, the page's onset, the last sample."""
        return [
            (word, onset, silent)
            for onset, silent in self.cuts
            if (word := self._word(onset)) is not None
        ]

    def _word(self, onset: float) -> float | None:
        nearest = min(self.words, key=lambda began: abs(began - onset), default=-math.inf)
        return nearest if abs(nearest - onset) <= APART_MS else None


def _program() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


def missing() -> str | None:
    """What is not there to measure with; None: nothing."""
    if _program() is None:
        return "Chromium is not installed"
    if not espeak.available():
        return "there is no synthesizer to speak into the microphone"
    built = (BASE_DIR / "frontend" / "dist" / "index.html").exists()
    return None if built else "the client is not built (make client)"


@contextmanager
def page_with_voice(base_url: str, directory: Path, seed: int) -> Iterator[Page]:
    """A page of Chromium whose microphone is the file."""
    voice = directory / "voice.wav"
    write_voice(voice, seed)
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
        chromium = playwright.chromium.launch(executable_path=_program(), args=flags)
        context = chromium.new_context(base_url=base_url, permissions=["microphone"])
        yield context.new_page()
        chromium.close()


def measure(
    base_url: str, directory: Path, *, user: str, password: str, onsets: int, seed: int
) -> Ear:
    """As many sentences as there shall be onsets, each of them longer than the longest pause."""
    ear = Ear()

    def sent(payload: str | bytes) -> None:
        frame = json.loads(payload)
        if frame["type"] == "interrupt" and frame["silentTs"] is not None:
            ear.cuts.append((frame["onsetTs"], frame["silentTs"]))

    def opened(socket: WebSocket) -> None:
        if socket.url.endswith("/ws/coach"):
            socket.on("framesent", sent)

    with page_with_voice(base_url, directory, seed) as page:
        page.on("websocket", opened)
        page.add_init_script(EAR)
        _turn_on(page, user, password)
        for _ in range(onsets):
            page.get_by_role("button", name="Hear a sample").click()
            ear.sentences += 1
            _wait_for_more(page, ear.cuts)
        ear.words = page.evaluate("window.words")
    return ear


def _turn_on(page: Page, user: str, password: str) -> None:
    """Log in; let the coach speak and listen."""
    page.goto("/")
    page.get_by_label("Name").first.fill(user)
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")
    page.get_by_test_id("voice").click(timeout=PATIENCE_MS)
    page.get_by_role("switch", name="Speak alerts").check()
    page.get_by_role("switch", name="Stop when I speak").check()
    page.get_by_label("The microphone is on").wait_for(timeout=PATIENCE_MS)


def _wait_for_more(page: Page, found: list[tuple[float, float]]) -> None:
    """Until one more was found, or the sentence is over; Playwright's events come meanwhile."""
    have = len(found)
    for _ in range(SENTENCE_MS // 20):
        page.wait_for_timeout(20)
        if len(found) > have:
            return
