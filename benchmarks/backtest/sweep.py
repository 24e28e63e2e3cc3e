"""A sweep over its leases, by one and by two worker processes: how long, and the same bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from backtest.models import Result
from backtest.request import RunRequest, SweepRequest
from backtest.services import create_sweep, work_on_part, work_on_run
from benchmarks.backtest.worker import begin, ready

GRID = {"fast": tuple(range(5, 25)), "slow": tuple(range(30, 80, 5))}


def sweep_of(request: RunRequest) -> SweepRequest:
    """Two hundred variants of the EMA cross on a run's bars."""
    return SweepRequest(
        request.symbol, request.timeframe, request.start_ms, request.end_ms, "ema_cross", GRID
    )


@contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that have started and compiled."""
    with ProcessPoolExecutor(count, get_context("spawn"), begin) as pool:
        list(pool.map(ready, range(4 * count)))
        yield pool


def sweep(user_id: str, request: SweepRequest, pool: ProcessPoolExecutor) -> tuple[float, bytes]:
    """Wall seconds from the first part to the result, and the result as it is kept.

    Each part is one task, as a worker does it; the broker between them is left out.
    """
    Result.objects.all().delete()
    run = create_sweep(user_id=user_id, request=request)
    parts = list(run.parts.order_by("number").values_list("pk", flat=True))
    began = time.perf_counter()
    if not all(pool.map(work_on_part, parts)):
        raise RuntimeError("a part was not done")
    work_on_run(run.pk)
    seconds = time.perf_counter() - began
    run.refresh_from_db()
    return seconds, bytes(Result.objects.get(pk=run.run_key).summary)
