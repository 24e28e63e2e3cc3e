"""Tick → wick: from the server's send to the painted candle, in Chromium, among other clients."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.async_api import Browser, Request, async_playwright

from benchmarks.figures import Figure
from benchmarks.stream.__main__ import HOST
from benchmarks.stream.clients import Tally, join
from coach.config.env import BASE_DIR
from tests.e2e.chromium import CHROMIUM_FLAGS, find_chromium
from tests.running import Running, running

GROUP = "tick → wick"
SETTLE = 5  # seconds in which the page loads its history, not timed


def _token(data_dir: Path) -> str:
    made = subprocess.run(
        [sys.executable, "manage.py", "drf_create_token", "demo"],
        cwd=BASE_DIR,
        env={**os.environ, "DATA_DIR": str(data_dir), "LOG_LEVEL": "WARNING"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return made.stdout.split("token ")[1].split()[0]


async def _watch(browser: Browser, base_url: str, seconds: float) -> list[dict[str, float]]:
    """The samples that the page itself reports while the market moves."""
    page = await browser.new_page(base_url=base_url, viewport={"width": 1440, "height": 900})
    samples: list[dict[str, float]] = []
    began = time.monotonic()

    def note(request: Request) -> None:
        if not request.url.endswith("/api/metrics/rtt") or time.monotonic() < began + SETTLE:
            return
        with suppress(json.JSONDecodeError, TypeError):
            body = json.loads(request.post_data or "")
            samples.extend(body if isinstance(body, list) else [body])

    page.on("request", note)
    await page.goto("/")
    await page.get_by_label("Name").first.fill("demo")
    await page.locator("input[type=password]").fill("demo")
    await page.keyboard.press("Enter")
    await page.get_by_role("tab", name="All").wait_for(timeout=60_000)
    began = time.monotonic()
    await page.wait_for_timeout((SETTLE + seconds) * 1000)  # the length of the measurement
    return samples


async def _measure(
    app: Running, *, clients: int, seconds: float
) -> tuple[list[dict[str, float]], Tally]:
    tally = Tally()
    port = urlsplit(app.base_url).port or 0
    others = await join(clients, host=HOST, port=port, token=_token(app.data_dir), tally=tally)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(), args=CHROMIUM_FLAGS
            )
            samples = await _watch(browser, app.base_url, seconds)
            await browser.close()
        return samples, Tally(broken=tally.broken)
    finally:
        for transport in others:
            transport.abort()


def run(*, clients: int = 500, seconds: float = 30.0) -> list[Figure]:
    """Run the product and its own client among `clients` others."""
    environment = {"STREAM_PER_USER": str(clients + 10), "LOG_LEVEL": "WARNING"}
    with (
        tempfile.TemporaryDirectory(prefix="coach-load-") as name,
        running(Path(name) / "data", environment) as app,
    ):
        samples, tally = asyncio.run(_measure(app, clients=clients, seconds=seconds))
    painted = [
        sample["tickToWickMs"]
        for sample in samples
        if sample.get("tickToWickMs") is not None and not sample.get("hidden")
    ]
    if not painted:
        raise RuntimeError("the page reported no painted candle")
    p50, p95, p99 = (round(float(value), 1) for value in np.percentile(painted, [50, 95, 99]))
    return [
        Figure(GROUP, "p50", p50, "ms", None, f"{len(painted)} candles, {clients} other clients"),
        Figure(GROUP, "p95", p95, "ms", 80),
        Figure(GROUP, "p99", p99, "ms"),
        Figure(GROUP, "other streams broken", tally.broken, "", 0),
    ]
