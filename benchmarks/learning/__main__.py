"""``python -m benchmarks.learning``: what the learning loop is worth in a world we planted.

Prints each seed and the means, for the world as given, with uniform confidence, without any edge
and with a single user; ``--json FILE`` writes the same figures. It reports and never fails.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.learning.arms import Arm, run_arms
from benchmarks.learning.measures import (
    LEARNING,
    TARGETS,
    Mean,
    SeedReport,
    judge,
    mean_over_seeds,
)
from benchmarks.learning.world import WORLDS, World, draw_world

COLUMNS = ("total", "gap", "good held", "bad held", "flip days")
UNITS = {
    "gain": "{:+.1f} %",
    "gap": "{:.2f}",
    "flip_days": "{:.1f} d",
    "good_suppressed": "{:.1f} %",
    "bad_suppressed": "{:.1f} %",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the chosen worlds and print the tables."""
    options = _parser().parse_args(arguments)
    worlds = [world for world in WORLDS if options.world in {None, world.name}]
    started = time.perf_counter()
    found = {world.name: _run_world(world, range(options.seeds)) for world in worlds}
    means = {
        name: {arm: mean_over_seeds(reports, arm) for arm in LEARNING}
        for name, reports in found.items()
    }
    _print_targets(means)
    seconds = time.perf_counter() - started
    print(f"\n{options.seeds} seeds, {len(worlds)} worlds, {seconds:.0f} s")
    if options.json is not None:
        _write_json(options.json, found, means, seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--seeds", type=_positive, default=20, help="seeds 0 … N-1 (default 20)")
    parser.add_argument("--world", choices=[world.name for world in WORLDS], help="one world only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is below 1")
    return value


def _run_world(world: World, seeds: Sequence[int]) -> list[SeedReport]:
    print(
        f"\n{world.name}: {world.users} users, {world.days} days, first {world.burn_in} not judged"
    )
    heads = "".join(f"{f'{arm} {column}':>14}" for arm in LEARNING for column in COLUMNS)
    print(f"{'seed':>6}{'fixed R':>10}{'oracle R':>10}{heads}")
    reports = []
    for seed in seeds:
        draw = draw_world(world, seed)
        report = judge(seed, draw, run_arms(draw))
        reports.append(report)
        _print_row(str(seed), [report], world)
    _print_row("mean", reports, world)
    return reports


def _print_row(head: str, reports: list[SeedReport], world: World) -> None:
    def total(arm: Arm) -> float:
        return sum(report.totals[arm] for report in reports) / len(reports)

    cells = "".join(_cells(mean_over_seeds(reports, arm), world) for arm in LEARNING)
    print(f"{head:>6}{total('fixed'):>10.1f}{total('oracle'):>10.1f}{cells}", flush=True)


def _cells(mean: Mean, world: World) -> str:
    worth = f"{mean.gain:>+12.1f} %{mean.gap:>14.2f}"
    if not world.edge:  # no rule is good or bad there, and none flips
        return worth + f"{'–':>14}" * 3
    held = f"{mean.good_suppressed:>12.1f} %{mean.bad_suppressed:>12.1f} %"
    return f"{worth}{held}{mean.flip_days:>14.1f}"


def _print_targets(means: dict[str, dict[Arm, Mean]]) -> None:
    print("\ntargets (means over seeds; flip days: median over users and seeds)")
    for target in TARGETS:
        if target.world not in means:
            continue
        value = getattr(means[target.world][target.arm], target.measure)
        shown, bound = (UNITS[target.measure].format(one) for one in (value, target.bound))
        sign, verdict = "≥" if target.at_least else "≤", "met" if target.met(value) else "MISSED"
        name = f"{target.world}, {target.arm}, {target.measure}"
        print(f"  {name:<34} {shown:>9} {sign} {bound:>9}  {verdict}")


def _write_json(
    path: Path,
    found: dict[str, list[SeedReport]],
    means: dict[str, dict[Arm, Mean]],
    seconds: float,
) -> None:
    value = {
        "seconds": round(seconds, 1),
        "worlds": {
            name: {
                "seeds": [asdict(report) for report in reports],
                "means": {arm: mean._asdict() for arm, mean in means[name].items()},
            }
            for name, reports in found.items()
        },
        "targets": [
            {
                **target._asdict(),
                "value": getattr(means[target.world][target.arm], target.measure),
            }
            for target in TARGETS
            if target.world in means
        ],
    }
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
