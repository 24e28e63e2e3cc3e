"""The live page, open for a day of the market at speed: does it grow, does it slow?"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.chart.frames import CATEGORIES, frames_of
from benchmarks.figures import Figure
from tests.e2e.chromium import launch
from tests.e2e.steps import log_in, wait_for_bars
from tests.running import Running, running

GROUP = "a tab left open"
SAMPLE_SECONDS = 10
LONGEST_SECONDS = 900
"""A busy machine may not keep the speed; then the table says how far it came."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The page at one moment."""

    heap_mb: float
    nodes: int
    median_ms: float
    p95_ms: float
    cpu_ms: float


def _sample(browser: Browser, page: Page, devtools: CDPSession, folder: Path) -> Sample:
    """Frames of ten seconds, then what is left after a garbage collection."""
    trace = folder / "trace.json"
    browser.start_tracing(page=page, path=trace, categories=CATEGORIES)
    page.wait_for_timeout(SAMPLE_SECONDS * 1_000)  # the market moves
    browser.stop_tracing()
    frames = frames_of(trace.read_bytes())
    devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    nodes = devtools.send("Memory.getDOMCounters")["nodes"]
    wall, cpu = [frame.wall for frame in frames], [frame.cpu for frame in frames]
    return Sample(
        *(heap / 1e6, nodes, float(np.median(wall))),
        *(float(np.percentile(wall, 95)), float(np.median(cpu))),
    )


def _market_hours(page: Page) -> float:
    """Where the market's clock stands, in hours."""
    state = page.request.get("/api/replay").json()
    return datetime.fromisoformat(state["marketTime"]).timestamp() / 3600


def _stay(app: Running, folder: Path, *, hours: float) -> tuple[list[Sample], float]:
    """Samples at the start, half way and at the end, and how many hours of the market passed."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(
            base_url=app.base_url, viewport={"width": 1440, "height": 900}, locale="en-US"
        )
        log_in(page)
        wait_for_bars(page)
        devtools = page.context.new_cdp_session(page)
        began, samples = _market_hours(page), [_sample(browser, page, devtools, folder)]
        deadline = time.monotonic() + LONGEST_SECONDS
        for share in (0.5, 1.0):
            while _market_hours(page) - began < share * hours and time.monotonic() < deadline:
                page.wait_for_timeout(1_000)  # the market's time passes
            samples.append(_sample(browser, page, devtools, folder))
        passed = _market_hours(page) - began
        browser.close()
    return samples, passed


def run(*, hours: float, speed: int) -> list[Figure]:
    """Start the product and watch its page."""
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as name:
        folder = Path(name)
        with running(folder / "data", {"SPEED": str(speed), "LOG_LEVEL": "WARNING"}) as app:
            samples, passed = _stay(app, folder, hours=hours)
    note = f"{passed:.1f} h of the market at {speed}×"
    found: list[Figure] = []
    for when, sample in zip(("at the start", "half way", "at the end"), samples, strict=True):
        found += [
            Figure(GROUP, f"heap {when}", round(sample.heap_mb, 1), "MB", None, note),
            Figure(GROUP, f"DOM nodes {when}", sample.nodes, ""),
            Figure(GROUP, f"frame {when}, median", round(sample.median_ms, 2), "ms", 8),
            Figure(GROUP, f"frame {when}, p95", round(sample.p95_ms, 2), "ms", 16),
            Figure(GROUP, f"its processor time {when}, median", round(sample.cpu_ms, 2), "ms"),
        ]
    return found
