"""``python -m benchmarks [PART ...]``: every benchmark that needs no running product, one by one.

Each part prints its own table and may write into ``bench-results/``. The stream's benchmark starts
thousands of clients and belongs to ``make load``, as ``make chaos`` is a thing of its own. Exits
with 1 if a part could not run; slow is no failure.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

OTHERWISE = {"stream", "load", "chaos"}
HERE = Path(__file__).parent


def parts() -> list[str]:
    """Names of the benchmarks there are."""
    found = {path.parent.name for path in HERE.glob("*/__main__.py")}
    return sorted(found - OTHERWISE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen parts, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("part", nargs="*", choices=[[], *parts()], help="default: all")
    chosen = parser.parse_args(arguments).part or parts()
    failed = []
    for part in chosen:
        print(f"\n== {part}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=False)
        if done.returncode:
            failed.append(part)
    if failed:
        print(f"\ncould not run: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
