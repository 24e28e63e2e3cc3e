"""What operators are told of runs: how many ended, and how long they took."""

from __future__ import annotations

from datetime import timedelta

from backtest.models import Run, Status
from observability import metrics


def count_end(run: Run) -> None:
    """Count a run whose end is committed, and if it has a result how long that took."""
    metrics.backtest_runs_total.labels(run.status).inc()
    if run.status == Status.DONE and run.finished_at is not None:
        took = run.finished_at - run.created_at
        metrics.backtest_run_ms.observe(took / timedelta(milliseconds=1))
