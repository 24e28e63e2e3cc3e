"""Why a result may be believed: checks that a run makes of itself (pure).

Each check evaluates again, from bars that were cut, and compares the records byte by byte.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from backtest.engine import Evaluation
from backtest.resampling import generator
from coach.engine.anchors import anchor_of
from coach.engine.kernel import new_state, scan
from coach.engine.layout import RecordArray
from coach.engine.run import Block, run

PREFIX_SAMPLE: Final = 16
"""Triggers, and as many silent bars, that are evaluated again without the bars after them."""
WINDOWS: Final = 3

Json = dict[str, Any]


def proof(evaluation: Evaluation) -> Json:
    """The section of a result: prefix invariance, window invariance, warm-up."""
    return {
        "prefix": _prefix(evaluation),
        "window": _windows(evaluation),
        "warmup": _warmup(evaluation),
    }


def _prefix(evaluation: Evaluation) -> Json:
    """No look-ahead: without the bars after it, a bar triggers what it triggered."""
    random = generator(evaluation.run_key, "prefix")
    fired = np.unique(evaluation.positions)
    silent = _silent(evaluation, fired, random)
    spoken = _sample(fired, random)
    failed = [at for at in (*spoken, *silent) if not _same_without_future(evaluation, at)]
    return {
        "triggers": len(spoken),
        "silences": len(silent),
        "failedSeqs": _seqs(evaluation, failed),
        "ok": not failed,
    }


def _sample(positions: np.ndarray, random: np.random.Generator) -> list[int]:
    count = min(PREFIX_SAMPLE, len(positions))
    return sorted(random.choice(positions, count, replace=False).tolist())


def _silent(evaluation: Evaluation, fired: np.ndarray, random: np.random.Generator) -> list[int]:
    market = evaluation.market
    if not len(market):
        return []
    drawn = np.unique(random.integers(market.first, market.stop, size=4 * PREFIX_SAMPLE))
    return _sample(np.setdiff1d(drawn, fired, assume_unique=True), random)


def _same_without_future(evaluation: Evaluation, at: int) -> bool:
    block = _block_of(evaluation, at)
    past = evaluation.market.bars.slice(block.first, at + 1)
    found = scan(
        past,
        evaluation.ruleset,
        new_state(warm=block.warm),
        emit_from=at - block.first,
    )
    return _equal(found, _between(evaluation, at, at + 1))


def _block_of(evaluation: Evaluation, at: int) -> Block:
    return next(block for block in evaluation.market.blocks if block.start <= at < block.stop)


def _between(evaluation: Evaluation, start: int, stop: int) -> RecordArray:
    """Triggers of the bars at positions [start, stop)."""
    first, last = np.searchsorted(evaluation.positions, [start, stop])
    return evaluation.triggers[first:last]


def _equal(one: RecordArray, other: RecordArray) -> bool:
    return one.tobytes() == other.tobytes()


def _seqs(evaluation: Evaluation, positions: Sequence[int]) -> list[int]:
    step = evaluation.ruleset.timeframe_ms
    return [int(evaluation.market.bars.ts[at]) // step for at in positions]


def _windows(evaluation: Evaluation) -> Json:
    """Other starts and ends give the same triggers: random windows, run from their own anchors."""
    random = generator(evaluation.run_key, "window")
    count = WINDOWS if len(evaluation.market) else 0
    checked = [_window(evaluation, random) for _ in range(count)]
    return {"windows": checked, "ok": all(each["ok"] for each in checked)}


def _window(evaluation: Evaluation, random: np.random.Generator) -> Json:
    """A window that begins inside one block and ends inside the next, where there is a next."""
    market = evaluation.market
    number = int(random.integers(0, max(1, len(market.blocks) - 1)))
    block = market.blocks[number]
    after = market.blocks[min(number + 1, len(market.blocks) - 1)]
    start = int(random.integers(block.start, block.stop))
    stop = int(random.integers(max(start, after.start), after.stop)) + 1
    bars = market.bars.slice(block.first, stop)
    # A warm block's data reach back to its anchor, which may be a day without a session.
    known = anchor_of(block.number, evaluation.ruleset.timeframe) if block.warm else None
    found = run(
        bars,
        evaluation.ruleset,
        int(market.bars.ts[start]),
        int(market.bars.ts[stop - 1]) + 1,
        complete_from=known,
    )
    same = _equal(found, _between(evaluation, start, stop))
    return {
        "start": int(market.bars.ts[start]),
        "end": int(market.bars.ts[stop - 1]) + evaluation.ruleset.timeframe_ms,
        "triggers": len(found),
        "ok": same,
    }


def _warmup(evaluation: Evaluation) -> Json:
    """How much the first block owes to its warm-up: the same block scanned without any."""
    market = evaluation.market
    cold = int((evaluation.triggers["warm"] == 0).sum())
    if not len(market):
        return {"bars": 0, "coldTriggers": cold, "warm": True, "withoutWarmup": None}
    block = market.blocks[0]
    kept = _between(evaluation, block.start, block.stop)
    bare = replace(block, first=block.start)
    without = scan(
        market.bars,
        evaluation.ruleset,
        new_state(warm=block.warm),
        start=bare.first,
        stop=bare.stop,
    )
    return {
        "bars": block.start - block.first,
        "coldTriggers": cold,
        "warm": cold == 0,
        "withoutWarmup": {
            "bars": block.stop - block.start,
            "triggers": len(kept),
            **_drift(kept, without),
        },
    }


def _drift(kept: RecordArray, other: RecordArray) -> Json:
    """Triggers that only one of two scans has, and how far the confidence of the others differs."""
    names = ["ts", "rule", "direction"]
    one, two = (
        {tuple(row): c for row, c in zip(each[names].tolist(), each["confidence"], strict=True)}
        for each in (kept, other)
    )
    both = one.keys() & two.keys()
    gap = max((abs(float(one[key] - two[key])) for key in both), default=0.0)
    return {
        "missing": len(one.keys() - two.keys()),
        "added": len(two.keys() - one.keys()),
        "confidenceDrift": round(gap, 9),
    }
