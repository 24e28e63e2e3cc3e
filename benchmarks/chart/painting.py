"""Six charts of 10,000 bars whose newest candle moves all the time."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.figures import Figure
from coach.config.env import BASE_DIR
from tests.e2e.chromium import launch

GROUP = "painting"
SYMBOLS, BARS, PER_SECOND = 6, 10_000, 20
VIEW = (1440, 900)


def _built(folder: Path) -> Path:
    """The benchmark's script, bundled as the client is."""
    subprocess.run(
        [
            *("npx", "vite", "build", "--config", "vite.bench.config.ts"),
            *("--outDir", str(folder), "--emptyOutDir", "--logLevel", "warn"),
        ],
        cwd=BASE_DIR / "frontend",
        check=True,
    )
    return folder / "chart.js"


def _frames(script: Path, *, seconds: float) -> list[float]:
    width, height = VIEW
    load = {"symbols": SYMBOLS, "bars": BARS, "perSecond": PER_SECOND, "seconds": seconds}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-US")
        page.set_content("<!doctype html><title>Charts</title>")
        page.add_script_tag(path=script)
        frames: list[float] = page.evaluate("load => window.measureCharts(load)", load)
        browser.close()
    return frames


def run(*, seconds: float) -> list[Figure]:
    """Build, paint, and sum up."""
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as name:
        frames = _frames(_built(Path(name)), seconds=seconds)
    median, p95, p99 = (round(float(value), 2) for value in np.percentile(frames, [50, 95, 99]))
    note = f"{SYMBOLS} charts, {BARS:,} bars, {PER_SECOND} microbars/s each; {len(frames)} frames"
    return [
        Figure(GROUP, "frame, median", median, "ms", 8, note),
        Figure(GROUP, "frame, p95", p95, "ms", 16),
        Figure(GROUP, "frame, p99", p99, "ms"),
    ]
