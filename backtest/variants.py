"""Many variants of one rule on the same bars, compared; walk-forward (pure).

Each variant is a run of its own: its figures do not depend on which others were tried, in which
order, or on how many workers. Only what compares them (deflated Sharpe, the choice of walk-forward)
is made once all are there.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from backtest.cells import cell, chances, rounded
from backtest.engine import BlockCache, Progress, evaluate
from backtest.request import WalkForward
from backtest.resampling import EveryBar, generator, session_bootstrap
from backtest.statistics import (
    MICRO,
    MIN_SAMPLE,
    Int64,
    Moments,
    deflated_sharpe,
    expected_best_sharpe,
    moments,
)
from backtest.window import Market
from coach.engine.anchors import date_of
from coach.engine.outcome import HORIZON
from coach.engine.ruleset import RuleSpec, compile_rules

Json = dict[str, Any]

SHOWN: Final = (
    "triggers",
    "counted",
    "tooFew",
    "triggersPerDay",
    "totalR",
    "expectancy",
    "profitFactor",
    "autoWinrate",
    "avgHoldBars",
    "pRandom",
    "sharpe",
)


def try_variants(
    market: Market,
    every: EveryBar,
    specs: Sequence[RuleSpec],
    *,
    by_session: bool,
    pool: Executor | None = None,
    cache: BlockCache | None = None,
    progress: Progress | None = None,
) -> list[Json]:
    """Figures of each variant; with ``by_session`` also its R and outcomes in each session."""
    found = []
    for number, spec in enumerate(specs, start=1):
        found.append(_try(market, every, spec, by_session=by_session, pool=pool, cache=cache))
        if progress is not None:
            progress(number / len(specs))
    return found


def _try(
    market: Market,
    every: EveryBar,
    spec: RuleSpec,
    *,
    by_session: bool,
    pool: Executor | None,
    cache: BlockCache | None,
) -> Json:
    ruleset = compile_rules([spec], timeframe=market.window.timeframe)
    found = evaluate(market, ruleset, every=every, pool=pool, cache=cache)
    mask = np.ones(len(found), bool)
    (of_rule,), _, _ = chances(found, [mask], [], pool)
    figures = cell(found, mask, of_rule)
    sample = moments(found.clipped[found.counted])
    variant: Json = {
        "runKey": found.run_key,
        "params": dict(ruleset.rules[0].params),
        "moments": [sample.count, sample.mean, sample.sharpe, sample.skewness, sample.kurtosis],
        **{name: figures[name] for name in SHOWN},
    }
    if by_session:
        days = np.array(market.session_days, np.int32)
        at = market.bars.session_day[found.positions[found.counted]]
        session = np.searchsorted(days, at)
        sums = np.zeros(len(days), np.int64)
        np.add.at(sums, session, found.clipped[found.counted])
        variant["sums"] = sums.tolist()
        variant["counts"] = np.bincount(session, minlength=len(days)).tolist()
    return variant


def compare(
    variants: Sequence[Json],
    *,
    market: Market,
    sweep_key: str,
    skipped: int,
    grid: Json,
    walk_forward: WalkForward | None = None,
) -> Json:
    """The result of a sweep: variants in order, the best one, and what luck explains of it."""
    samples = [_moments(each) for each in variants]
    sharpes = [each.sharpe for each in samples if each.sharpe is not None]
    shown = [
        {key: value for key, value in each.items() if key not in {"moments", "sums", "counts"}}
        | {"number": number, "deflatedSharpe": rounded(deflated_sharpe(sample, sharpes))}
        for number, (each, sample) in enumerate(zip(variants, samples, strict=True))
    ]
    found: Json = {
        "runKey": sweep_key,
        "bars": len(market),
        "sessions": len(market.session_days),
        "axes": grid,
        "variants": shown,
        "tried": len(variants),
        "skipped": skipped,
        "best": best_of(
            [each["expectancy"]["value"] for each in shown], [s.count for s in samples]
        ),
        "expectedBestSharpe": rounded(expected_best_sharpe(sharpes)),
    }
    if walk_forward is not None:
        found["walkForward"] = walk(variants, market, walk_forward, sweep_key)
    return found


def _moments(variant: Json) -> Moments:
    count, mean, sharpe, skewness, kurtosis = variant["moments"]
    return Moments(count, mean, None, sharpe, skewness, kurtosis)


def best_of(means: Sequence[float | None], counts: Sequence[int]) -> int | None:
    """Number of the variant with the highest expectancy among those with enough outcomes; of
    equals the first. None where none has enough."""
    able = [
        (mean, -number)
        for number, (mean, count) in enumerate(zip(means, counts, strict=True))
        if mean is not None and count >= MIN_SAMPLE
    ]
    return -max(able)[1] if able else None


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of sessions: trained on [first, embargo), tested on [test, stop)."""

    first: int
    embargo: int
    test: int
    stop: int


def folds(sessions: int, plan: WalkForward, *, gap: int) -> list[Fold]:
    """Windows that move on by ``test`` sessions. ``gap`` sessions before the test do not train:
    outcomes that begin in them would end inside the test."""
    found = []
    at = plan.train
    while at < sessions:
        found.append(Fold(at - plan.train, at - gap, at, min(at + plan.test, sessions)))
        at += plan.test
    return found


def walk(variants: Sequence[Json], market: Market, plan: WalkForward, sweep_key: str) -> Json:
    """Each fold's choice on its training sessions, and what that choice earned afterwards."""
    sums = np.array([each["sums"] for each in variants], np.int64)
    counts = np.array([each["counts"] for each in variants], np.int64)
    days = market.session_days
    gap = HORIZON if market.window.timeframe == "1d" else 0  # elsewhere outcomes end with sessions
    lines, kept = [], []
    for fold in folds(len(days), plan, gap=gap):
        trained = slice(fold.first, fold.embargo)
        train_sums, train_counts = sums[:, trained].sum(1), counts[:, trained].sum(1)
        chosen = best_of(_means(train_sums, train_counts), train_counts.tolist())
        line: Json = {
            "chosen": chosen,
            "train": _dates(days[fold.first], days[fold.test - 1]),
            "test": _dates(days[fold.test], days[fold.stop - 1]),
        }
        if chosen is not None:
            tested = slice(fold.test, fold.stop)
            kept.append((sums[chosen, tested], counts[chosen, tested]))
            line |= {
                "params": variants[chosen]["params"],
                "trainExpectancy": _mean(train_sums[chosen], train_counts[chosen]),
                "testExpectancy": _mean(kept[-1][0].sum(), kept[-1][1].sum()),
                "testOutcomes": int(kept[-1][1].sum()),
            }
        lines.append(line)
    return {"folds": lines, "outOfSample": _out_of_sample(kept, sweep_key)}


def _dates(first: int, last: int) -> list[str]:
    return [date_of(first).isoformat(), date_of(last).isoformat()]


def _means(sums: Int64, counts: Int64) -> list[float | None]:
    return [_mean(s, n) for s, n in zip(sums, counts, strict=True)]


def _mean(total: np.int64, count: np.int64) -> float | None:
    return rounded(int(total) / int(count) / MICRO) if count else None


def _out_of_sample(kept: Sequence[tuple[Int64, Int64]], sweep_key: str) -> Json:
    """All tests together, as if one had traded each choice in turn."""
    if not kept:
        nothing = {"value": None, "low": None, "high": None}
        return {"outcomes": 0, "totalR": 0.0, "expectancy": nothing, "tooFew": True}
    sums = np.concatenate([s for s, _ in kept])
    counts = np.concatenate([n for _, n in kept])
    bounds = session_bootstrap(
        sums[:, None], counts[:, None], generator(sweep_key, "out-of-sample")
    )[0]
    low, high = bounds if bounds is not None else (None, None)
    value = _mean(sums.sum(), counts.sum())
    return {
        "outcomes": int(counts.sum()),
        "totalR": int(sums.sum()) / MICRO,
        "expectancy": {"value": value, "low": rounded(low), "high": rounded(high)},
        "tooFew": bool(counts.sum() < MIN_SAMPLE),
    }
