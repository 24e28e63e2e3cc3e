"""What workers do here. A task is the number of a row; doing it twice does it once."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_init

from backtest import ledger, services
from coach.engine.jit import ensure_all
from coach.engine.warm import warm_up


@worker_init.connect
def warm(**_: Any) -> None:  # noqa: ANN401 - Celery's signal
    """Compile once, before the worker's processes are forked off: they inherit the code."""
    warm_up()
    ensure_all()


@shared_task(name=services.RUN_TASK)
def run(run_id: str) -> None:
    """A run, or the end of a sweep."""
    services.work_on_run(run_id)


@shared_task(name=services.PART_TASK)
def part(part_id: int) -> None:
    """Some variants of a sweep."""
    services.work_on_part(part_id)


@shared_task(name="backtest.parity")
def parity() -> None:
    """Replay the sessions that have closed since the last time."""
    ledger.run_due()


@shared_task(name="backtest.relieve")
def relieve() -> None:
    """Send what a dead worker left behind to another one."""
    services.relieve()
