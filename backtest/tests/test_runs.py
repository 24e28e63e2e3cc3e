"""A run is done once, by one worker at a time, and its result is the harness's own."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from backtest import execution, results, services
from backtest.document import result_bytes, with_triggers
from backtest.engine import CancelledError
from backtest.leases import MAX_ATTEMPTS, Held, claim, finish
from backtest.models import Part, Result, Run, Status, TriggerPage
from backtest.request import RunRequest, SweepRequest, WalkForward
from backtest.tests.factories import day_ms, evaluation_from
from backtest.tests.stored import END, START, SYMBOL, finished_run, run_request, stored_bars
from backtest.window import canonical
from coach.engine.layout import DAY_MS
from coach.engine.ruleset import RuleSpec
from coach.market.calendars import session_on
from coach.market.models import Clock
from coach.signals.models import Outbox
from coach.signals.tests.factories import trader

pytestmark = pytest.mark.django_db
WEEK_BEFORE = day_ms(START) - 7 * DAY_MS


def sweep_request(**changes: Any) -> SweepRequest:
    columns: dict[str, Any] = {
        "symbol": SYMBOL,
        "timeframe": "1m",
        "start_ms": day_ms(START),
        "end_ms": day_ms(END),
        "rule_id": "ema_cross",
        "grid": {"fast": (5, 9, 20, 60), "slow": (21, 50, 60)},
    }
    return SweepRequest(**columns | changes)


def weekend() -> RunRequest:
    """Two days without a session."""
    return run_request(start_ms=day_ms(START) - 2 * DAY_MS, end_ms=day_ms(START))


def expire(model: type[Run] | type[Part], pk: Any) -> None:
    """The lease of a worker that died runs out."""
    model.objects.filter(pk=pk).update(lease_until=Now() - timedelta(seconds=1))


def test_the_result_that_is_kept_is_the_harness_own_to_the_byte() -> None:
    run = finished_run(trader().pk)
    bars = stored_bars()
    alone = evaluation_from(bars, START, END)
    assert run.run_key is not None
    summary, shown = results.summary_of(run.run_key), results.triggers_of(run.run_key, 0, 20_000)
    assert summary is not None
    assert shown is not None
    kept = canonical(with_triggers(summary, shown))
    assert len(alone) > 100
    assert kept == result_bytes(alone)


def test_the_same_run_again_shares_the_result() -> None:
    user = trader()
    first = finished_run(user.pk)
    second = services.create_run(user_id=user.pk, request=run_request())
    assert services.work_on_run(second.pk) is True
    second.refresh_from_db()
    assert second.run_key == first.run_key
    assert Result.objects.count() == 1
    services.delete_run(run=first)
    assert results.is_kept(second.run_key or "")
    services.delete_run(run=second)
    assert Result.objects.count() == TriggerPage.objects.count() == 0


def test_doing_it_twice_does_it_once() -> None:
    run = finished_run(trader().pk)
    ended = run.finished_at
    assert services.work_on_run(run.pk) is False
    run.refresh_from_db()
    assert run.finished_at == ended
    assert run.attempts == 1


def test_its_progress_and_end_are_announced_to_its_user() -> None:
    run = finished_run(trader().pk)
    told = [row.payload["status"] for row in Outbox.objects.filter(kind="run").order_by("id")]
    assert told == ["queued", "running", "done"]
    last = Outbox.objects.filter(kind="run").latest("id")
    assert last.user_id == run.user_id
    assert last.payload["runKey"] == run.run_key


def test_nobody_takes_a_run_while_its_worker_lives() -> None:
    stored_bars()
    run = services.create_run(user_id=trader().pk, request=run_request())
    token = claim(Run.objects.all(), run.pk)
    assert token is not None
    assert services.work_on_run(run.pk) is False
    assert services.relieve() == 0
    expire(Run, run.pk)
    assert services.relieve() == 1
    assert services.work_on_run(run.pk) is True
    # The first worker wakes up: its token is gone, and so is what it would write.
    assert finish(Run.objects.all(), run.pk, token, status=Status.FAILED) is False
    run.refresh_from_db()
    assert run.status == Status.DONE


def test_a_run_whose_message_was_lost_is_sent_again() -> None:
    stored_bars()
    run = services.create_run(user_id=trader().pk, request=run_request())
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now())
    assert services.relieve() == 0
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now() - timedelta(minutes=1))
    assert services.relieve() == 1


def test_a_run_that_kills_its_workers_is_given_up() -> None:
    stored_bars()
    run = services.create_run(user_id=trader().pk, request=run_request())
    for _ in range(MAX_ATTEMPTS):
        assert claim(Run.objects.all(), run.pk) is not None
        expire(Run, run.pk)
    assert claim(Run.objects.all(), run.pk) is None
    services.relieve()
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "5 workers" in (run.error or "")


def test_a_locked_database_postpones_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stored_bars()
    run = services.create_run(user_id=trader().pk, request=run_request())

    def locked(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(services, "execute", locked)
        with pytest.raises(OperationalError):
            services.work_on_run(run.pk)
    run.refresh_from_db()
    assert run.status == Status.QUEUED
    assert services.work_on_run(run.pk) is True


def test_what_cannot_run_says_why() -> None:
    stored_bars()
    run = services.create_run(user_id=trader().pk, request=weekend())
    assert services.work_on_run(run.pk) is True
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "TEST has no 1m bars" in (run.error or "")


def test_a_cancelled_run_is_never_done() -> None:
    stored_bars()
    run = services.create_run(user_id=trader().pk, request=run_request())
    assert services.cancel_run(run=run) is True
    assert services.work_on_run(run.pk) is False
    assert services.cancel_run(run=run) is False
    run.refresh_from_db()
    assert run.status == Status.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_a_worker_notices_that_its_run_was_cancelled() -> None:
    run = services.create_run(user_id=trader().pk, request=run_request())
    token = claim(Run.objects.all(), run.pk)
    assert token is not None
    with Held(Run.objects.all(), run.pk, token) as held:
        held.tell(0.5)
        services.cancel_run(run=run)
        stopped = threading.Event()

        def work() -> None:
            try:
                while True:
                    held.tell(0.6)
            except CancelledError:
                stopped.set()

        worker = threading.Thread(target=work)
        worker.start()
        worker.join(20)
        assert stopped.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_its_worker_works() -> None:
    run = services.create_run(user_id=trader().pk, request=run_request())
    token = claim(Run.objects.all(), run.pk)
    assert token is not None
    before = Run.objects.get(pk=run.pk).lease_until
    told = threading.Event()
    with Held(Run.objects.all(), run.pk, token, told.set) as held:
        held.tell(0.25)
        assert told.wait(20)
    after = Run.objects.get(pk=run.pk)
    assert before is not None
    assert after.lease_until is not None
    assert after.lease_until > before
    assert after.progress == 0.25
    connection.close()


def do_parts(run: Run, order: int = 1) -> None:
    for part in list(run.parts.order_by("number"))[::order]:
        assert services.work_on_part(part.pk) is True


def sweep_bytes(run: Run) -> bytes:
    services.work_on_run(run.pk)
    run.refresh_from_db()
    assert run.status == Status.DONE, run.error
    assert run.run_key is not None
    return bytes(Result.objects.get(pk=run.run_key).summary)


def test_a_sweep_is_the_same_in_any_order_of_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    stored_bars()
    found = []
    for size, order in ((8, 1), (3, -1)):
        monkeypatch.setattr(services, "PART_VARIANTS", size)
        run = services.create_sweep(user_id=trader().pk, request=sweep_request())
        assert services.work_on_run(run.pk) is False  # not before its parts are done
        do_parts(run, order)
        found.append(sweep_bytes(run))
        Result.objects.all().delete()
    assert found[0] == found[1]


def test_a_sweep_compares_every_variant_and_counts_what_it_skipped() -> None:
    stored_bars()
    run = services.create_sweep(user_id=trader().pk, request=sweep_request())
    do_parts(run)
    sweep_bytes(run)
    found = results.summary_of(run.run_key or "")
    assert found is not None
    assert (found["tried"], found["skipped"]) == (9, 3)  # fast 60 is below no slow
    assert len(found["variants"]) == found["tried"]


def test_a_variant_is_the_run_of_its_parameters() -> None:
    stored_bars()
    run = services.create_sweep(user_id=trader().pk, request=sweep_request())
    do_parts(run)
    sweep_bytes(run)
    found = results.summary_of(run.run_key or "")
    assert found is not None
    variant = next(v for v in found["variants"] if v["params"] == {"fast": 9, "slow": 50})
    single = finished_run(trader().pk, RuleSpec("ema_cross", {"fast": 9, "slow": 50}))
    assert variant["runKey"] == single.run_key
    whole = results.summary_of(single.run_key or "")
    assert whole is not None
    for name in ("expectancy", "pRandom", "autoWinrate", "triggers", "sharpe"):
        assert variant[name] == whole["metrics"][name], name


def test_bars_that_change_while_a_sweep_runs_make_it_begin_again() -> None:
    stored_bars()
    run = services.create_sweep(user_id=trader().pk, request=sweep_request())
    do_parts(run)
    stored_bars(seed=8)
    assert services.work_on_run(run.pk) is False
    run.refresh_from_db()
    assert run.status == Status.QUEUED
    do_parts(run)
    assert sweep_bytes(run)


def test_a_part_whose_worker_died_is_sent_again_and_done_once() -> None:
    stored_bars()
    run = services.create_sweep(user_id=trader().pk, request=sweep_request())
    first, *_ = run.parts.order_by("number")
    token = claim(Part.objects.all(), first.pk)
    assert token is not None
    assert services.work_on_part(first.pk) is False
    expire(Part, first.pk)
    Part.objects.exclude(pk=first.pk).update(sent_at=timezone.now())
    assert services.relieve() == 1
    do_parts(run)
    assert finish(Part.objects.all(), first.pk, token, status=Status.FAILED) is False
    sweep_bytes(run)


def test_a_sweep_that_nobody_put_together_is_sent_again() -> None:
    stored_bars()
    run = services.create_sweep(user_id=trader().pk, request=sweep_request())
    do_parts(run)
    Run.objects.filter(pk=run.pk).update(sent_at=None)
    assert services.relieve() == 1


def test_a_cancelled_sweep_stops_its_parts() -> None:
    stored_bars()
    run = services.create_sweep(user_id=trader().pk, request=sweep_request())
    assert services.cancel_run(run=run)
    assert not any(services.work_on_part(part.pk) for part in run.parts.all())
    assert services.relieve() == 0


def test_a_walk_forward_trades_only_what_was_chosen_before() -> None:
    stored_bars()
    request = sweep_request(
        walk_forward=WalkForward(train=5, test=2), start_ms=day_ms(START) - 7 * 86_400_000
    )
    run = services.create_sweep(user_id=trader().pk, request=request)
    do_parts(run)
    sweep_bytes(run)
    found = results.summary_of(run.run_key or "")
    assert found is not None
    folds = found["walkForward"]["folds"]
    assert [fold["test"][0] > fold["train"][1] for fold in folds] == [True] * len(folds)
    assert len(folds) == 3
    total = sum(fold["testOutcomes"] for fold in folds if fold["chosen"] is not None)
    assert found["walkForward"]["outOfSample"]["outcomes"] == total


def test_old_runs_and_their_results_are_pruned() -> None:
    run = finished_run(trader().pk)
    assert services.prune(older_than=timedelta(days=30)) == 0
    old = timezone.now() - timedelta(days=40)
    Run.objects.filter(pk=run.pk).update(finished_at=old)
    Result.objects.update(created_at=old)
    assert services.prune(older_than=timedelta(days=30)) == 1
    assert Result.objects.count() == 0


def test_a_user_may_not_fill_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    stored_bars()
    user = trader()
    monkeypatch.setattr(services, "MAX_UNFINISHED", 1)
    services.create_run(user_id=user.pk, request=run_request())
    with pytest.raises(services.TooManyError, match="at most 1"):
        services.create_run(user_id=user.pk, request=run_request())


def test_nothing_is_kept_of_a_run_without_bars() -> None:
    stored_bars()
    with pytest.raises(execution.NoBarsError, match="TEST has no 1m bars"):
        execution.execute(weekend(), user_id=None, progress=None)


def test_a_sweep_leaves_out_the_session_that_still_runs() -> None:
    stored_bars()
    session = session_on("XNYS", END - timedelta(days=1))
    assert session is not None
    Clock.objects.create(
        source="replay",
        anchor_wall_ms=0,
        anchor_market_ms=0,
        speed=1,
        market_ms=session.open_ms + 3_600_000,
    )
    user = trader().pk
    asked = services.create_sweep(user_id=user, request=sweep_request()).request
    assert asked["end"] == session.open_ms
    alone = sweep_request(start_ms=session.open_ms, end_ms=session.close_ms)
    assert services.create_sweep(user_id=user, request=alone).request["end"] == session.close_ms
