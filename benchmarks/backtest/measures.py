"""What is measured, as figures."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.backtest import peers as others
from benchmarks.backtest.sweep import sweep, sweep_of, workers
from benchmarks.backtest.whole import medians, store_minutes, whole_run
from benchmarks.engine.market import minutes
from benchmarks.figures import Figure
from coach.accounts.models import User
from coach.engine.warm import warm_up

YEAR = 98_000
WORKERS = (1, 2)


def measure(
    *, sizes: Sequence[tuple[int, float]], rounds: int, sweeps: bool, peers: bool
) -> list[Figure]:
    """Whole runs of (bars, target in ms), a sweep, other tools."""
    warm_up()
    found = [figure for bars, target in sizes for figure in _whole(bars, target, rounds)]
    if sweeps:
        found += _sweep()
    if peers:
        found += _peers()
    return found


def _whole(bars: int, target: float, rounds: int) -> list[Figure]:
    request = store_minutes(f"X:BENCH{bars}", bars)
    whole_run(request)
    runs = [whole_run(request) for _ in range(rounds)]
    same = "same bytes each time" if len({shown for _, shown in runs}) == 1 else "BYTES DIFFER"
    stages, best = medians([each for each, _ in runs]), min(each.total for each, _ in runs)
    cpu = sum(stages.cpu.values())
    part = f"{bars:,} bars, cache → result"
    note = f"best {best:,.0f}, processor {cpu:,.0f}; {same}"
    rows = [Figure(part, "whole, median", round(stages.total, 1), "ms", target, note)]
    for name, ms in stages.ms.items():
        rows.append(
            Figure(part, name, round(ms, 1), "ms", note=f"processor {stages.cpu[name]:,.0f}")
        )
    return rows


def _sweep() -> list[Figure]:
    request = sweep_of(store_minutes("X:SWEEP", YEAR))
    user = User.objects.create_user("bench")
    rows, kept = [], set()
    for count in WORKERS:
        with workers(count) as pool:
            seconds, summary = sweep(user.pk, request, pool)
        kept.add(summary)
        same = "same bytes" if len(kept) == 1 else "BYTES DIFFER"
        words = "1 worker" if count == 1 else f"{count} workers"
        target = 20.0 if count == WORKERS[-1] else None
        rows.append(
            Figure(f"200 variants, {YEAR:,} bars", words, round(seconds, 2), "s", target, same)
        )
    return rows


def _peers() -> list[Figure]:
    bars = others.cents(minutes(YEAR))
    ours = others.evaluator(bars)
    part = f"EMA20/50 cross, {YEAR:,} bars"
    rows = [
        Figure(
            part,
            "coach, with outcomes",
            round(ours.wall * 1e3, 1),
            "ms",
            note=f"{len(bars) / ours.wall / 1e6:.2f} M bars/s",
        )
    ]
    for each in others.measure(bars):
        agree = f"{each.both} crosses agree, {each.evaluator_only} only ours, "
        agree += f"{each.peer_only} only theirs; ours {each.wall / ours.wall:,.0f} times faster"
        rows.append(
            Figure(part, f"{each.name} {each.version}", round(each.wall * 1e3), "ms", note=agree)
        )
    return rows
