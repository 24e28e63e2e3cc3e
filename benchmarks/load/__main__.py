"""`python -m benchmarks.load [PART ...]` (`make load`): how Coach holds up under load.

Every part starts processes of its own on 127.0.0.1 and a temporary DATA_DIR, with fixed seeds, and
ends them. The client's side runs on the same machine and is included in every figure. Prints one
table and writes `bench-results/load.json`; a missed target is shown, not a failure.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
from collections.abc import Callable

from benchmarks.figures import Figure, report
from benchmarks.load import close, others, path, wick

PARTS: dict[str, Callable[[], list[Figure]]] = {
    "stream": others.stream,
    "path": path.run,
    "close": close.run,
    "wick": wick.run,
    "feedback": others.feedback,
}


def main() -> None:
    """Run the chosen parts one after another, then print all figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="default: all")
    chosen = parser.parse_args().part or list(PARTS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    figures: list[Figure] = []
    busy = os.getloadavg()[0]
    for name in chosen:
        print(f"\n== {name}", flush=True)
        figures += PARTS[name]()
    report("load", f"Load (the machine's load average before: {busy:.1f})", figures)


if __name__ == "__main__":
    main()
