"""Doing the work of a run or of a part of a sweep: bars in, a result kept (no leases here)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from backtest.asof import gate_history, past_signals
from backtest.document import summary
from backtest.engine import (
    BlockCache,
    Evaluation,
    Progress,
    entries_everywhere,
    evaluate,
    threads,
)
from backtest.filling import fill_cache
from backtest.governed import GateHistory, decide_history
from backtest.loading import load_market
from backtest.packing import Table, pack, table_of
from backtest.request import RunRequest, SweepRequest, variants_of
from backtest.variants import compare, try_variants
from backtest.window import Market, canonical, identity, run_key
from coach.engine.ruleset import RuleSpec, compile_rules
from risk.governor import Decision

Json = dict[str, Any]

# The rest is statistics, the proof and the JSON; a progress bar should not stand still for them.
SCAN_SHARE = 0.6


class NoBarsError(LookupError):
    """There is nothing to evaluate in the range; the message says what there is."""


class BarsChangedError(RuntimeError):
    """The bars of a sweep's parts differ: some were revised while it ran."""


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A run's result: the canonical summary, its triggers, and their pages as they are kept."""

    run_key: str
    summary: Json
    table: Table
    packed: Sequence[bytes] = ()


@cache
def block_cache() -> BlockCache:
    """This process's blocks."""
    return BlockCache()


def market_for(request: RunRequest | SweepRequest) -> Market:
    """The bars of a request.

    Raises:
        NoBarsError: there are none in its range.
    """
    market = load_market(
        symbol=request.symbol,
        timeframe=request.timeframe,
        start_ms=request.start_ms,
        end_ms=request.end_ms,
        session=request.session,
    )
    if not len(market):
        raise NoBarsError(
            f"{request.symbol} has no {request.timeframe} bars of the {request.session} session "
            f"from {request.start_ms} to {request.end_ms}"
        )
    return market


def execute(request: RunRequest, *, user_id: str | None, progress: Progress | None) -> Finished:
    """Evaluate a run. Without a user the gates know no scores.

    Raises:
        NoBarsError: there are no bars in its range.
        VendorError: the vendor gave no whole answer; names the range.
        CancelledError: `progress` says so.
    """
    progress = fill_cache(request, progress)
    market, ruleset = market_for(request), request.ruleset()
    history = _history(request, user_id)
    digest = None if history is None else _digest(history)
    with threads() as pool:
        found = evaluate(
            market,
            ruleset,
            governor=digest,
            pool=pool,
            cache=block_cache(),
            progress=_part_of(progress, SCAN_SHARE),
        )
        decisions = None if history is None else decisions_of(found, history)
        table = table_of(found, decisions)
        # Packed beside the statistics: none of it holds Python's lock for long.
        pages = [pool.submit(pack, page) for _, page in table.pages()]
        whole = summary(found, decisions=decisions, pool=pool)
        packed = [page.result() for page in pages]
    if progress is not None:
        progress(1.0)
    return Finished(found.run_key, whole, table, packed)


def _part_of(progress: Progress | None, share: float) -> Progress | None:
    return None if progress is None else lambda done: progress(done * share)


def _history(request: RunRequest, user_id: str | None) -> GateHistory | None:
    if not request.governor:
        return None
    if user_id is None:
        return GateHistory()
    rule_ids = tuple(each.rule_id for each in request.ruleset().rules)
    return gate_history(user_id, rule_ids, end_ms=request.end_ms)


def _digest(history: GateHistory) -> str:
    return hashlib.sha256(canonical(history.as_json())).hexdigest()[:32]


def decisions_of(evaluation: Evaluation, history: GateHistory) -> list[Decision]:
    """What the governor would have said to each trigger."""
    return decide_history(past_signals(evaluation), history)


def execute_part(
    request: SweepRequest, specs: Sequence[RuleSpec], *, progress: Progress | None
) -> Json:
    """Figures of some variants of a sweep, and the digest of the bars they stand on."""
    progress = fill_cache(request, progress)
    market = market_for(request)
    with threads() as pool:
        variants = try_variants(
            market,
            entries_everywhere(market, pool=pool),
            specs,
            by_session=request.walk_forward is not None,
            pool=pool,
            progress=progress,
        )
    return {"bars": market.digest, "variants": variants}


def finish_sweep(request: SweepRequest, parts: Sequence[Json]) -> tuple[str, Json]:
    """Run key and result of a sweep from its parts, in order.

    Raises:
        BarsChangedError: the parts stand on different bars, or on others than there are now.
    """
    market = market_for(request)
    if {part["bars"] for part in parts} != {market.digest}:
        raise BarsChangedError
    specs, skipped = variants_of(request)
    first = compile_rules(specs[:1], timeframe=request.timeframe)
    asked = {key: request.as_json()[key] for key in ("ruleId", "grid", "params", "walkForward")}
    key = run_key(identity(market, first, extra=asked))
    return key, compare(
        [variant for part in parts for variant in part["variants"]],
        market=market,
        sweep_key=key,
        skipped=skipped,
        grid={name: list(values) for name, values in sorted(request.grid.items())},
        walk_forward=request.walk_forward,
    )
