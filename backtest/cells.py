"""Figures of a group of triggers ("cell"): the whole run, a rule, a regime, a variant (pure)."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backtest.engine import Evaluation
from backtest.resampling import chance_of_entries, generator, session_bootstrap
from backtest.statistics import (
    MICRO,
    MIN_SAMPLE,
    Float64,
    Int64,
    break_even_rate,
    drawdown,
    micro_r,
    moments,
    profit_factor,
    sharpe_confidence,
    wilson,
)
from coach.engine.layout import RecordArray, Trend, Volatility
from coach.engine.outcome import Reason, Status, Verdict

DECIMALS: Final = 6
EQUITY_POINTS: Final = 1_000

Json = dict[str, Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance says about a group: 90 % interval of its expectancy in R, and p_random."""

    interval: tuple[float, float] | None
    p_random: float | None


NO_CHANCE: Final = Chance(None, None)


def rounded(value: float | None) -> float | None:
    """A figure as the result shows it."""
    return None if value is None else round(value, DECIMALS)


def chances(
    evaluation: Evaluation, groups: Sequence[Mask], others: Sequence[Mask], pool: Executor | None
) -> tuple[list[Chance], list[Chance], Chance]:
    """Chance for groups that make up the run, for other groups (intervals only), for the run.

    ``groups`` are disjoint and hold every trigger, so that the run's own figure is their sum.
    """
    market = evaluation.market
    everything = np.ones(len(evaluation), bool)
    found = _intervals(evaluation, [*groups, *others, everything])
    at = evaluation.positions - market.first
    luck = chance_of_entries(
        evaluation.every,
        [(at[mask], evaluation.triggers["direction"][mask]) for mask in groups],
        generator(evaluation.run_key, "shift"),
        pool,
    )
    n = len(groups)
    return (
        [Chance(*each) for each in zip(found[:n], luck[:n], strict=True)],
        [Chance(each, None) for each in found[n:-1]],
        Chance(found[-1], luck[-1]),
    )


def _intervals(evaluation: Evaluation, groups: Sequence[Mask]) -> list[tuple[float, float] | None]:
    """Bootstrap interval by session of each group's expectancy."""
    days = np.array(evaluation.market.session_days, np.int32)
    session = np.searchsorted(days, evaluation.market.bars.session_day[evaluation.positions])
    sums, counts = (
        np.stack([_by_session(evaluation, session, len(days), mask, what) for mask in groups], 1)
        for what in (evaluation.clipped, np.ones(len(evaluation), np.int64))
    )
    return session_bootstrap(sums, counts, generator(evaluation.run_key, "bootstrap"))


def _by_session(
    evaluation: Evaluation, session: Int64, sessions: int, mask: Mask, what: Int64
) -> Int64:
    """Sum over a group's outcomes in each session; triggers are in order of time."""
    chosen = mask & evaluation.counted
    total = np.concatenate((np.zeros(1, np.int64), np.cumsum(what[chosen])))
    borders = np.searchsorted(session[chosen], np.arange(sessions + 1))
    return np.diff(total[borders])


def cell(evaluation: Evaluation, mask: Mask, chance: Chance = NO_CHANCE) -> Json:
    """Every figure of the triggers in ``mask``."""
    results, counted = evaluation.outcomes, mask & evaluation.counted
    sample = moments(evaluation.clipped[counted])
    triggers, sessions = int(mask.sum()), len(evaluation.market.session_days)
    return figures(evaluation, mask, chance) | {
        "triggersPerDay": rounded(triggers / sessions) if sessions else None,
        "outcomes": _states(results, mask),
        "mfe": _spread(results["mfe"][counted]),
        "mae": _spread(results["mae"][counted]),
        "pRandom": rounded(chance.p_random),
        "sharpe": {
            "perTrade": rounded(sample.sharpe),
            "skewness": rounded(sample.skewness),
            "kurtosis": rounded(sample.kurtosis),
            "probabilistic": rounded(sharpe_confidence(sample)),
        },
    }


def figures(evaluation: Evaluation, mask: Mask, chance: Chance = NO_CHANCE) -> Json:
    """The figures that a line of a table shows of the triggers in ``mask``."""
    counted = mask & evaluation.counted
    clipped = evaluation.clipped[counted]
    total, n = int(clipped.sum()), len(clipped)
    low, high = chance.interval if chance.interval is not None else (None, None)
    hold = int(evaluation.outcomes["hold_bars"][counted].sum())
    return {
        "triggers": int(mask.sum()),
        "counted": n,
        "tooFew": n < MIN_SAMPLE,
        "totalR": rounded(total / MICRO),
        "expectancy": {
            "value": rounded(total / n / MICRO) if n else None,
            "low": rounded(low),
            "high": rounded(high),
        },
        "profitFactor": rounded(profit_factor(clipped)),
        "autoWinrate": _winrate(evaluation.outcomes["verdict"][counted]),
        "avgHoldBars": rounded(hold / n) if n else None,
    }


def _states(results: RecordArray, mask: Mask) -> Json:
    """How many outcomes ended in each way."""
    reasons = np.bincount(results["reason"][mask], minlength=len(Reason))
    states = np.bincount(results["status"][mask], minlength=len(Status))
    return {
        **{each.name.lower(): int(reasons[each]) for each in Reason if each},
        "open": int(states[Status.OPEN] + states[Status.PENDING]),
        "none": int(states[Status.NONE]),
        "ambiguous": int(results["ambiguous"][mask].sum(dtype=np.int64)),
    }


def _winrate(verdicts: NDArray[np.int8]) -> Json:
    """Automatic verdicts: good over good and bad, with Wilson's 95 % interval."""
    good = int((verdicts == Verdict.GOOD).sum())
    bad = int((verdicts == Verdict.BAD).sum())
    rate = wilson(good, good + bad)
    return {
        "good": good,
        "bad": bad,
        "neutral": len(verdicts) - good - bad,
        "value": rounded(rate.value) if rate else None,
        "low": rounded(rate.low) if rate else None,
        "high": rounded(rate.high) if rate else None,
        "breakEven": rounded(break_even_rate()),
    }


def _spread(values: Float64) -> Json:
    if not len(values):
        return {"mean": None, "median": None, "p90": None}
    mean = int(micro_r(values, clipped=False).sum()) / len(values) / MICRO
    median, high = np.quantile(values, [0.5, 0.9])
    return {"mean": rounded(mean), "median": rounded(float(median)), "p90": rounded(float(high))}


def regime_masks(evaluation: Evaluation) -> dict[str, Mask]:
    """The triggers of each regime that occurred, by name: ``trend/normal`` and the like."""
    code = evaluation.triggers["trend"].astype(np.int64) * len(Volatility)
    code += evaluation.triggers["volatility"]
    found = {}
    for each in np.unique(code).tolist():
        trend, volatility = divmod(each, len(Volatility))
        found[f"{Trend(trend).name}/{Volatility(volatility).name}".lower()] = code == each
    return found


def regime_cell(evaluation: Evaluation, mask: Mask, chance: Chance) -> Json:
    """A line of the table of regimes: its figures and its share of all triggers."""
    return figures(evaluation, mask, chance) | {"share": rounded(float(mask.sum() / len(mask)))}


def equity(evaluation: Evaluation) -> Json:
    """Cumulated R as traded, in order of exit, and its deepest fall.

    ``curve``: [exit ts, R] of at most 1,000 trades, evenly spaced, the last one always.
    """
    counted = evaluation.counted
    exits = evaluation.outcomes["exit_ts"][counted]
    order = np.argsort(exits, kind="stable")
    stamps = exits[order]
    total = np.cumsum(micro_r(evaluation.outcomes["r"][counted][order], clipped=False))
    fall = drawdown(total)
    return {
        "curve": _curve(stamps, total),
        "totalR": int(total[-1]) / MICRO if len(total) else 0.0,
        "drawdown": {
            "r": fall.depth,
            "from": int(stamps[fall.peak]) if fall.peak >= 0 else None,
            "to": int(stamps[fall.trough]) if fall.trough >= 0 else None,
        },
    }


def _curve(stamps: Int64, total: Int64) -> list[list[float]]:
    if not len(total):
        return []
    step = -(-len(total) // EQUITY_POINTS)
    shown = np.unique(np.append(np.arange(step - 1, len(total), step), len(total) - 1))
    points = zip(stamps[shown].tolist(), total[shown].tolist(), strict=True)
    return [[ts, r / MICRO] for ts, r in points]
