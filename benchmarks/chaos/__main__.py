"""`python -m benchmarks.chaos` (`make chaos`): what is lost when things die, and for how long.

The product runs with a DATA_DIR, a Redis and a PostgreSQL of its own, on a synthetic market, with
screens that follow the stream and a trader who labels. Its processes are killed at seeded moments;
Redis is emptied, a leader is frozen, the database locked, the disk filled. At the end bars,
signals, decisions, labels and screens are compared with the database and with a scan. Prints one
table and writes `bench-results/chaos.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from benchmarks.chaos.phase import MARK, PHASES
from benchmarks.figures import Figure, report
from coach.config.env import BASE_DIR


def run(name: str, *, times: int, seed: int) -> list[Figure] | None:
    """One phase in a process of its own; None when it could not be carried through."""
    print(f"\n== {PHASES[name]}", flush=True)
    command = [sys.executable, "-m", "benchmarks.chaos.phase", name]
    process = subprocess.Popen(
        [*command, "--times", str(times), "--seed", str(seed)],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures = None
    for line in process.stdout or ():
        if line.startswith(MARK):
            figures = [Figure(**each) for each in json.loads(line.removeprefix(MARK))]
        else:
            print(line, end="", flush=True)
    return figures if process.wait() == 0 else None


def main() -> None:
    """Every phase, then all figures; status 1 if a phase could not be carried through."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("phase", nargs="*", choices=[[], *PHASES], help="default: all")
    parser.add_argument("--times", type=int, default=20, help="kills of each process (20)")
    parser.add_argument("--seed", type=int, default=20, help="of the moments")
    options = parser.parse_args()
    figures: list[Figure] = []
    failed = []
    for name in options.phase or list(PHASES):
        found = run(name, times=options.times, seed=options.seed)
        if found is None:
            failed.append(PHASES[name])
        figures += found or []
    report("chaos", f"Chaos (seed {options.seed})", figures)
    if failed:
        print(f"not carried through: {', '.join(failed)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
