"""A run's result as JSON: canonical, so that equal runs are equal bytes (pure)."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np

from backtest.cells import cell, chances, equity, regime_cell, regime_masks
from backtest.engine import Evaluation
from backtest.governed import account
from backtest.packing import Table, table_of
from backtest.proof import proof
from backtest.window import canonical
from coach.engine.layout import RecordArray
from risk.governor import Decision

SHOWN: Final = 20_000
"""A result holds so many triggers; the rest is read page by page."""

Json = dict[str, Any]

Given = ParamSpec("Given")
Found = TypeVar("Found")


def summary(
    evaluation: Evaluation,
    *,
    decisions: Sequence[Decision] | None = None,
    pool: Executor | None = None,
) -> Json:
    """The result without its triggers: canonical, no labels, no ids, no clock.

    ``decisions``: what the governor said to each trigger, if it was asked.
    """
    # The proof scans, the digest hashes: both on threads, while the statistics are made.
    proved = _later(pool, proof, evaluation)
    named = _later(pool, digest, evaluation.triggers, evaluation.outcomes)
    whole = {
        "runKey": evaluation.run_key,
        "bars": len(evaluation.market),
        "metrics": metrics(evaluation, pool=pool),
        "proof": proved(),
        "triggerCount": len(evaluation),
        "triggersDigest": named(),
    }
    if decisions is not None:
        counted, micro = evaluation.counted.tolist(), evaluation.clipped.tolist()
        whole["governor"] = account(decisions, counted, micro)
    return whole


def _later(
    pool: Executor | None, work: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
) -> Callable[[], Found]:
    """Begin work on a thread, where there is one; its result, once it is asked for."""
    if pool is None:
        return lambda: work(*args, **kwargs)
    return pool.submit(work, *args, **kwargs).result


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


def with_triggers(found: Json, table: Table) -> Json:
    """A result whole: its summary and its first triggers."""
    return found | {"triggers": table.slice(0, SHOWN).rows()}


def result_document(
    evaluation: Evaluation,
    *,
    decisions: Sequence[Decision] | None = None,
    pool: Executor | None = None,
) -> Json:
    """The whole canonical result."""
    found = summary(evaluation, decisions=decisions, pool=pool)
    return with_triggers(found, table_of(evaluation, decisions))


def result_bytes(evaluation: Evaluation, *, pool: Executor | None = None) -> bytes:
    """The whole canonical result as JSON."""
    return canonical(result_document(evaluation, pool=pool))
