"""``python -m benchmarks.chart``: what the charts cost to paint, and a tab that stays open.

First the product's live page: six symbols in its watchlist, 10,000 bars of each read, every symbol
moving twenty times a second. Then six charts side by side, which the product never shows, moving
the same way. Last the live page while a day of the market passes at speed: its heap and its frames
as time goes on. A frame's time is what it took of the page's main thread, the raster of canvases
included where there is no GPU. Needs Chromium, Node and a built client.
"""

from __future__ import annotations

import argparse

from benchmarks.chart import page, painting, tab
from benchmarks.figures import report


def main() -> None:
    """Measure both, print a table, write bench-results/chart.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chart", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the charts' painting")
    parser.add_argument("--hours", type=float, default=24.0, help="of market time; 0: no tab")
    parser.add_argument("--speed", type=int, default=300, help="of the market in the tab")
    options = parser.parse_args()
    figures = page.run(seconds=options.seconds)
    figures += painting.run(seconds=options.seconds)
    if options.hours > 0:
        figures += tab.run(hours=options.hours, speed=options.speed)
    report("chart", "Charts in headless Chromium", figures)


if __name__ == "__main__":
    main()
