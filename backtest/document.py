"""A run's result as JSON: canonical, so that equal runs are equal bytes (pure)."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, Final

import numpy as np

from backtest.cells import cell, chances, equity, regime_cell, regime_masks
from backtest.engine import Evaluation
from backtest.proof import proof
from backtest.window import canonical
from coach.engine.layout import RecordArray, Trend, Volatility
from coach.engine.outcome import Reason, Status, Verdict

SHOWN: Final = 20_000
"""A result holds so many triggers; the rest is read page by page."""

Json = dict[str, Any]

_REGIMES: Final = [
    [f"{trend.name}/{volatility.name}".lower() for volatility in Volatility] for trend in Trend
]
_STATES: Final = [each.name.lower() for each in Status]
_EXITS: Final = [None, *(each.name.lower() for each in Reason if each)]
_VERDICTS: Final = {int(each): each.name.lower() for each in Verdict}


def summary(evaluation: Evaluation, *, pool: Executor | None = None) -> Json:
    """The result without its triggers: canonical, no labels, no ids, no clock."""
    market = evaluation.market
    return {
        "runKey": evaluation.run_key,
        "bars": len(market),
        "metrics": metrics(evaluation, pool=pool),
        "proof": proof(evaluation),
        "triggersDigest": digest(evaluation.triggers, evaluation.outcomes),
    }


def digest(triggers: RecordArray, outcomes: RecordArray) -> str:
    """One name for all triggers and outcomes, also those that the result does not show."""
    found = hashlib.sha256()
    for name in triggers.dtype.names or ():
        found.update(triggers[name].tobytes())
    for name in ("entry_ts", "exit_ts", "entry", "exit", "r", "mfe", "mae", "status", "reason"):
        found.update(outcomes[name].tobytes())
    return found.hexdigest()[:32]


def metrics(evaluation: Evaluation, *, pool: Executor | None = None) -> Json:
    """Figures of the whole run, of each rule and each regime."""
    rules = evaluation.ruleset.rules
    rule = evaluation.triggers["rule"]
    masks = [rule == position for position in range(len(rules))]
    regimes = regime_masks(evaluation)
    of_rules, of_regimes, of_all = chances(evaluation, masks, list(regimes.values()), pool)
    return cell(evaluation, np.ones(len(evaluation), bool), of_all) | {
        "sessions": len(evaluation.market.session_days),
        "equity": equity(evaluation),
        "regimeBreakdown": {
            name: regime_cell(evaluation, mask, chance)
            for (name, mask), chance in zip(regimes.items(), of_regimes, strict=True)
        },
        "perRule": {
            each.rule_id: cell(evaluation, mask, chance)
            | {"version": each.version, "params": dict(each.params)}
            for each, mask, chance in zip(rules, masks, of_rules, strict=True)
        },
    }


def trigger_rows(
    triggers: RecordArray, outcomes: RecordArray, rule_ids: Sequence[str]
) -> list[Json]:
    """Triggers as the API gives them, in order of time and rule id."""
    regime = [
        _REGIMES[trend][volatility]
        for trend, volatility in zip(
            triggers["trend"].tolist(), triggers["volatility"].tolist(), strict=True
        )
    ]
    columns = zip(
        triggers["confidence"].tolist(),
        triggers["direction"].tolist(),
        outcome_rows(outcomes),
        regime,
        triggers["rule"].tolist(),
        triggers["seq"].tolist(),
        triggers["ts"].tolist(),
        triggers["warm"].tolist(),
        strict=True,
    )
    return [
        {
            "confidence": confidence,
            "direction": "long" if direction > 0 else "short",
            "outcome": outcome,
            "regime": where,
            "ruleId": rule_ids[rule],
            "seq": seq,
            "ts": ts,
            "warm": warm == 1,
        }
        for confidence, direction, outcome, where, rule, seq, ts, warm in columns
    ]


def outcome_rows(outcomes: RecordArray) -> list[Json | None]:
    """Outcomes as the API gives them; None for a trigger on a session's last bar."""
    numbers = [
        _numbers(outcomes[name], digits)
        for name, digits in (("entry", None), ("exit", None), ("r", 6), ("mfe", 6), ("mae", 6))
    ]
    whole = [
        outcomes[name].tolist()
        for name in ("status", "reason", "verdict", "hold_bars", "ambiguous", "exit_ts")
    ]
    rows: list[Json | None] = []
    for entry, left, r, mfe, mae, status, reason, verdict, hold, ambiguous, exit_ts in zip(
        *numbers, *whole, strict=True
    ):
        closed = status == Status.CLOSED
        if status == Status.NONE:
            rows.append(None)
            continue
        rows.append(
            {
                "ambiguous": ambiguous == 1,
                "entry": entry,
                "exit": _EXITS[reason],
                "exitPrice": left,
                "exitTs": exit_ts if closed else None,
                "holdBars": hold if closed else None,
                "mae": mae,
                "mfe": mfe,
                "r": r,
                "state": _STATES[status],
                "verdict": _VERDICTS[verdict] if closed else None,
            }
        )
    return rows


def _numbers(values: np.ndarray, digits: int | None) -> list[float | None]:
    """Python numbers, None for NaN."""
    shown = values if digits is None else np.round(values, digits)
    listed: list[float | None] = shown.tolist()
    for at in np.flatnonzero(np.isnan(values)).tolist():
        listed[at] = None
    return listed


def result_document(evaluation: Evaluation, *, pool: Executor | None = None) -> Json:
    """The whole canonical result."""
    shown = slice(0, SHOWN)
    rule_ids = [each.rule_id for each in evaluation.ruleset.rules]
    return summary(evaluation, pool=pool) | {
        "triggers": trigger_rows(evaluation.triggers[shown], evaluation.outcomes[shown], rule_ids)
    }


def result_bytes(evaluation: Evaluation, *, pool: Executor | None = None) -> bytes:
    """The whole canonical result as JSON."""
    return canonical(result_document(evaluation, pool=pool))
