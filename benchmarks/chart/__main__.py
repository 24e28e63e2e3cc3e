"""``python -m benchmarks.chart``: what the charts cost to paint, and a tab that stays open.

First six charts side by side with 10,000 bars each, in headless Chromium, every symbol moving
twenty times a second. Then the product's own live page while a day of the market passes at speed:
its heap and its frames at the start and at the end. A frame's time is what it took of the page's
main thread. Needs Chromium, Node and (for the tab) a built client.
"""

from __future__ import annotations

import argparse

from benchmarks.chart import painting, tab
from benchmarks.figures import report


def main() -> None:
    """Measure both, print a table, write bench-results/chart.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chart", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the charts' painting")
    parser.add_argument("--hours", type=float, default=24.0, help="of market time; 0: no tab")
    parser.add_argument("--speed", type=int, default=300, help="of the market in the tab")
    options = parser.parse_args()
    figures = painting.run(seconds=options.seconds)
    if options.hours > 0:
        figures += tab.run(hours=options.hours, speed=options.speed)
    report("chart", "Charts in headless Chromium", figures)


if __name__ == "__main__":
    main()
