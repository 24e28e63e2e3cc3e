"""Real workers: killed in the middle, several at once; nothing is lost, nothing is done twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from backtest import results, services
from backtest.execution import execute
from backtest.models import Part, Result, Run, Status, TriggerPage
from backtest.request import RunRequest, SweepRequest
from backtest.tests.factories import day_ms, make_bars
from backtest.tests.stored import END, START, SYMBOL, store, stored_bars
from backtest.window import canonical
from coach.engine.ruleset import CORE_RULES, RuleSpec
from coach.signals.models import Outbox
from coach.signals.tests.factories import trader
from tests.processes import wait_until
from tests.workerprocess import WorkerProcess

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workers() -> Iterator[list[WorkerProcess]]:
    """Whatever a test starts ends with it."""
    started: list[WorkerProcess] = []
    yield started
    for worker in started:
        worker.kill()


def status(run: Run) -> str:
    found: str = Run.objects.values_list("status", flat=True).get(pk=run.pk)
    return found


def wait_for_done(run: Run) -> None:
    wait_until(
        lambda: status(run) not in (Status.QUEUED, Status.RUNNING),
        what="the run ends",
        seconds=240,
        every=0.1,
    )
    run.refresh_from_db()
    assert run.status == Status.DONE, run.error


def announced(run: Run, wanted: str) -> int:
    rows = Outbox.objects.filter(kind="run", payload__id=run.pk, payload__status=wanted)
    return rows.count()


def year_request() -> RunRequest:
    """A run that takes a while: 300 days of minutes round the clock."""
    first, last = dt.date(2023, 1, 2), dt.date(2023, 10, 29)
    store(make_bars(first, last, calendar="24/7", seed=3), symbol="X:LONG", calendar="24/7")
    rules = tuple(RuleSpec(rule_id) for rule_id in CORE_RULES)
    return RunRequest("X:LONG", "1m", day_ms(dt.date(2023, 1, 16)), day_ms(last), rules)


def test_a_run_whose_worker_is_killed_is_finished_by_another_once(
    tmp_path: Path, workers: list[WorkerProcess]
) -> None:
    request = year_request()
    workers.append(WorkerProcess(tmp_path, "first"))
    workers[0].wait_until_ready()
    run = services.create_run(user_id=trader().pk, request=request)
    wait_until(lambda: status(run) == Status.RUNNING, what="the run begins", every=0.005)
    workers[0].kill()
    assert status(run) == Status.RUNNING
    assert Result.objects.count() == 0
    workers.append(WorkerProcess(tmp_path, "second", beat=True))
    wait_for_done(run)
    assert run.attempts == 2
    assert announced(run, "done") == 1
    kept = results.summary_of(run.run_key or "")
    alone = execute(request, user_id=None, progress=None)
    assert kept is not None
    assert canonical(kept) == canonical(alone.summary)
    pages = list(results.pages_of(run.run_key or ""))
    assert sum(len(page) for page in pages) == len(alone.table) == kept["triggerCount"]
    assert services.work_on_run(run.pk) is False


def sweep_request() -> SweepRequest:
    stored_bars()
    grid = {"fast": tuple(range(2, 22)), "slow": (25, 30, 40, 50)}
    return SweepRequest(SYMBOL, "1m", day_ms(START), day_ms(END), "ema_cross", grid)


def test_a_sweep_survives_a_kill_and_is_the_same_on_one_worker_and_on_two(
    tmp_path: Path, workers: list[WorkerProcess]
) -> None:
    request, user = sweep_request(), trader()
    workers.append(WorkerProcess(tmp_path, "one"))
    workers[0].wait_until_ready()
    run = services.create_sweep(user_id=user.pk, request=request)
    wait_until(
        lambda: Part.objects.filter(run=run, status=Status.DONE).exists(),
        what="a part is done",
        every=0.005,
    )
    workers[0].kill()
    left = Part.objects.filter(run=run).exclude(status=Status.DONE).count()
    assert 0 < left < run.parts.count()
    workers.append(WorkerProcess(tmp_path, "two", concurrency=2, beat=True))
    wait_for_done(run)
    assert announced(run, "done") == 1
    assert set(run.parts.values_list("status", flat=True)) == {Status.DONE}
    survived = bytes(Result.objects.get(pk=run.run_key).summary)
    Result.objects.all().delete()
    TriggerPage.objects.all().delete()
    workers[1].kill()
    workers.append(WorkerProcess(tmp_path, "three"))
    again = services.create_sweep(user_id=user.pk, request=request)
    wait_for_done(again)
    assert again.run_key == run.run_key
    assert bytes(Result.objects.get(pk=again.run_key).summary) == survived
    connection.close()
