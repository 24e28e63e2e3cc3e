"""The live page, open for a day of the market at speed: does it grow, does it slow?"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.figures import Figure
from tests.e2e.chromium import launch
from tests.e2e.steps import log_in, wait_for_bars
from tests.running import Running, running

GROUP = "a tab left open"
SAMPLE_SECONDS = 10
LONGEST_SECONDS = 900
"""A busy machine may not keep the speed; then the table says how far it came."""
FRAMES = """seconds => new Promise(resolve => {
  const found = [], channel = new MessageChannel(), start = performance.now();
  let began = 0;
  const frame = () => { began = performance.now(); channel.port2.postMessage(null); };
  channel.port1.onmessage = () => {
    found.push(performance.now() - began);
    if (performance.now() - start < seconds * 1000) requestAnimationFrame(frame);
    else resolve(found);
  };
  requestAnimationFrame(frame);
})"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The page at one moment."""

    heap_mb: float
    nodes: int
    median_ms: float
    p95_ms: float


def _sample(page: Page, devtools: CDPSession) -> Sample:
    frames: list[float] = page.evaluate(FRAMES, SAMPLE_SECONDS)
    devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    nodes = devtools.send("Memory.getDOMCounters")["nodes"]
    median, p95 = np.percentile(frames, [50, 95])
    return Sample(heap / 1e6, nodes, float(median), float(p95))


def _market_hours(page: Page) -> float:
    """Where the market's clock stands, in hours."""
    state = page.request.get("/api/replay").json()
    return datetime.fromisoformat(state["marketTime"]).timestamp() / 3600


def _stay(app: Running, *, hours: float) -> tuple[Sample, Sample, float]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(
            base_url=app.base_url, viewport={"width": 1440, "height": 900}, locale="en-US"
        )
        log_in(page)
        wait_for_bars(page)
        devtools = page.context.new_cdp_session(page)
        began, start = _market_hours(page), _sample(page, devtools)
        deadline = time.monotonic() + LONGEST_SECONDS
        while _market_hours(page) - began < hours and time.monotonic() < deadline:
            page.wait_for_timeout(1_000)  # the market's time passes
        end = _sample(page, devtools)
        passed = _market_hours(page) - began
        browser.close()
    return start, end, passed


def run(*, hours: float, speed: int) -> list[Figure]:
    """Start the product and watch its page."""
    with (
        tempfile.TemporaryDirectory(prefix="coach-bench-") as name,
        running(Path(name) / "data", {"SPEED": str(speed), "LOG_LEVEL": "WARNING"}) as app,
    ):
        start, end, passed = _stay(app, hours=hours)
    note = f"{passed:.1f} h of the market at {speed}×"
    return [
        Figure(GROUP, "heap at the start", round(start.heap_mb, 1), "MB", None, note),
        Figure(GROUP, "heap at the end", round(end.heap_mb, 1), "MB"),
        Figure(GROUP, "DOM nodes at the start", start.nodes, ""),
        Figure(GROUP, "DOM nodes at the end", end.nodes, ""),
        Figure(GROUP, "frame at the start, median", round(start.median_ms, 2), "ms", 8),
        Figure(GROUP, "frame at the start, p95", round(start.p95_ms, 2), "ms", 16),
        Figure(GROUP, "frame at the end, median", round(end.median_ms, 2), "ms", 8),
        Figure(GROUP, "frame at the end, p95", round(end.p95_ms, 2), "ms", 16),
    ]
