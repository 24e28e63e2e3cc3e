"""Counts and times every Celery task."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery import Task
from celery.signals import task_postrun, task_prerun

from observability import metrics

# When the task that this process (or thread of it) works on began.
_began = threading.local()


def on_start(**_: object) -> None:
    """Note when the task began."""
    _began.at = time.perf_counter()


def on_end(task: Task[Any, Any], state: str | None = None, **_: object) -> None:
    """Count the task by its end."""
    metrics.celery_tasks_total.labels(task.name, state or "UNKNOWN").inc()
    took = (time.perf_counter() - _began.at) * 1000
    metrics.celery_task_ms.labels(task.name).observe(took)


def connect() -> None:
    """Listen to every task of this process."""
    task_prerun.connect(on_start, weak=False, dispatch_uid="observability")
    task_postrun.connect(on_end, weak=False, dispatch_uid="observability")
