"""``python -m benchmarks.market``: how fast bar cache, calendars and synthetic market are.

Runs in a database of its own in a temporary directory. Prints a table; ``--json FILE`` writes the
same figures (default ``bench-results/market.json``). It reports and never fails.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import django

BARS = 1_000_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
        _set_up(Path(folder))
        from benchmarks.market.measures import measure  # noqa: PLC0415  needs Django's settings

        figures = measure(folder=Path(folder), bars=options.bars, rounds=options.rounds)
    print(f"{'':<40} {'median':>12} {'best':>12} {'best CPU':>12}")
    for each in figures:
        values = f"{each.median:>12,.1f} {each.best:>12,.1f} {each.cpu:>12,.1f}"
        print(f"{each.name:<40} {values} {each.unit:<8} {each.target}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps([asdict(each) for each in figures], indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.market", description=__doc__)
    parser.add_argument("--bars", type=int, default=BARS, help=f"default {BARS:,}")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--json", type=Path, default=Path("bench-results/market.json"))
    return parser


def _set_up(folder: Path) -> None:
    os.environ["DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")
    django.setup()


if __name__ == "__main__":
    main()
