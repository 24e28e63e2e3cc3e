"""Six charts of 10,000 bars whose newest candle moves all the time."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.chart.frames import CATEGORIES, Frame, figures, frames_of
from benchmarks.figures import Figure
from coach.config.env import BASE_DIR
from tests.e2e.chromium import launch

GROUP = "six charts"
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


def _moving(script: Path, folder: Path, *, seconds: float) -> list[Frame]:
    width, height = VIEW
    load = {"symbols": SYMBOLS, "bars": BARS, "perSecond": PER_SECOND, "seconds": seconds}
    trace = folder / "trace.json"
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-US")
        page.set_content("<!doctype html><title>Charts</title>")
        page.add_script_tag(path=script)
        page.evaluate("load => window.buildCharts(load)", load)
        browser.start_tracing(page=page, path=trace, categories=CATEGORIES)
        page.evaluate("load => window.moveCharts(load)", load)
        browser.stop_tracing()
        browser.close()
    return frames_of(trace.read_bytes())


def run(*, seconds: float) -> list[Figure]:
    """Build, paint, and sum up."""
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as name:
        folder = Path(name)
        frames = _moving(_built(folder), folder, seconds=seconds)
    note = f"{SYMBOLS} charts, {BARS:,} bars, {PER_SECOND} microbars/s each"
    return figures(GROUP, frames, note)
