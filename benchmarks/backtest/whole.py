"""Whole runs: from stored bars to the finished, kept result, as a worker makes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

from backtest import results
from backtest.document import SHOWN, with_triggers
from backtest.execution import Finished, block_cache, execute
from backtest.models import Result, TriggerPage
from backtest.request import RunRequest
from backtest.window import canonical
from benchmarks.engine.market import minutes
from coach.engine.ruleset import CORE_RULES, RuleSpec
from coach.market.columns import BarColumns
from coach.market.services import ensure_instrument, upsert_bars

CORE = tuple(RuleSpec(rule_id) for rule_id in CORE_RULES)


@dataclass(slots=True)
class Stages:
    """Milliseconds of each stage of one run, in order: the wall's, and all threads' processor's."""

    ms: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def timed(self, name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what work gives
        """Do something and note how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        self.ms[name] = (time.perf_counter() - wall) * 1e3
        self.cpu[name] = (time.process_time() - cpu) * 1e3
        return found

    @property
    def total(self) -> float:
        """Milliseconds of the run."""
        return sum(self.ms.values())


def store_minutes(symbol: str, count: int) -> RunRequest:
    """The benchmark's bars in the cache, and a run over all of them."""
    bars = minutes(count)
    ensure_instrument(symbol=symbol, calendar="24/7")
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.vwap)
    upsert_bars(symbol=symbol, timeframe="1m", bars=BarColumns(*columns))
    return RunRequest(symbol, "1m", int(bars.ts[0]), int(bars.ts[-1]) + 60_000, CORE)


def whole_run(request: RunRequest) -> tuple[Stages, bytes]:
    """One run with nothing remembered from another, and its canonical JSON as it is shown.

    What a worker does (`execute`, `results.keep`), then the answer to its reader.
    """
    forget()
    block_cache.cache_clear()
    stages = Stages()
    run = partial(execute, request, user_id=None, progress=None)
    found: Finished = stages.timed("bars, triggers, outcomes, statistics, proof", run)
    kept = partial(results.keep, found.run_key, found.summary, found.table, found.packed)
    stages.timed("result kept in the database", kept)
    shown: bytes = stages.timed("JSON of the answer", partial(_json, found.run_key))
    return stages, shown


def _json(run_key: str) -> bytes:
    """What the API answers: the summary and the first 20,000 triggers, read back."""
    found, table = results.summary_of(run_key), results.triggers_of(run_key, 0, SHOWN)
    if found is None or table is None:
        raise LookupError(f"the result {run_key} was not kept")
    return canonical(with_triggers(found, table))


def forget() -> None:
    """No result is known."""
    Result.objects.all().delete()
    TriggerPage.objects.all().delete()


def medians(runs: list[Stages]) -> Stages:
    """Median of each stage."""
    return Stages(
        {name: median(each.ms[name] for each in runs) for name in runs[0].ms},
        {name: median(each.cpu[name] for each in runs) for name in runs[0].cpu},
    )
