"""Writes of this room: runs and sweeps asked for, worked on, cancelled; presets."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import structlog
from celery import current_app
from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerError

from backtest import results
from backtest.counted import count_end
from backtest.engine import CancelledError
from backtest.execution import (
    BarsChangedError,
    Finished,
    NoBarsError,
    execute,
    execute_part,
    finish_sweep,
)
from backtest.leases import MAX_ATTEMPTS, Held, abandoned, claim, finish, give_back
from backtest.models import Part, Preset, Result, Run, Status, TriggerPage
from backtest.request import RunRequest, SweepRequest, variants_of
from backtest.waiting import ring_bell
from coach.engine.definition import RulesRefusedError
from coach.market.calendars import session_at
from coach.market.selectors import UnknownSymbolError, get_instrument, market_now
from coach.market.sources.access import VendorError
from coach.signals.services import announce

log = structlog.get_logger(__name__)

RUN_TASK, PART_TASK = "backtest.run", "backtest.part"
PART_VARIANTS = 8
MAX_UNFINISHED = 50
MAX_PRESETS = 200
UNFINISHED = (Status.QUEUED, Status.RUNNING)
TOLD = (NoBarsError, UnknownSymbolError, VendorError, MemoryError)
"""What the user can do something about; the message says what."""
OUR_FAULT = "An error of ours; the log has the details."


class TooManyError(ValueError):
    """The user has as many of these as he may."""


class PresetExistsError(ValueError):
    """The user has a preset of this name."""


# --- Asking ---------------------------------------------------------------------------------------


def create_run(*, user_id: str, request: RunRequest) -> Run:
    """Ask for a run; a worker is told after the commit.

    Raises:
        TooManyError: too many of the user's runs are unfinished.
    """
    _check_room(user_id)
    with transaction.atomic():
        run = Run.objects.create(user_id=user_id, kind=Run.Kind.RUN, request=request.as_json())
        _announce(run)
        transaction.on_commit(lambda: _send_all(Run, RUN_TASK, [run.pk]))
    return run


def create_sweep(*, user_id: str, request: SweepRequest) -> Run:
    """Ask for a sweep: one task for every few variants.

    Raises:
        TooManyError: too many of the user's runs are unfinished.
        RulesRefusedError: the rule accepts none of the variants.
    """
    _check_room(user_id)
    request = _settled(request)
    specs, _ = variants_of(request)
    with transaction.atomic():
        run = Run.objects.create(user_id=user_id, kind=Run.Kind.SWEEP, request=request.as_json())
        parts = Part.objects.bulk_create(
            Part(run=run, number=number, first=first, count=min(PART_VARIANTS, len(specs) - first))
            for number, first in enumerate(range(0, len(specs), PART_VARIANTS))
        )
        _announce(run)
        transaction.on_commit(lambda: _send_all(Part, PART_TASK, [part.pk for part in parts]))
    return run


def _settled(request: SweepRequest) -> SweepRequest:
    """Without the session that still runs: its bars keep coming, and all parts must see the same.

    A window that lies within that session alone stays as it is.
    """
    try:
        calendar = get_instrument(request.symbol).calendar
    except UnknownSymbolError:
        return request
    running = session_at(calendar, int(market_now().timestamp() * 1000), span=request.session)
    if running is None or not request.start_ms < running.open_ms < request.end_ms:
        return request
    return replace(request, end_ms=running.open_ms)


def _check_room(user_id: str) -> None:
    unfinished = Run.objects.filter(user=user_id, status__in=UNFINISHED).count()
    if unfinished >= MAX_UNFINISHED:
        raise TooManyError(f"{unfinished} of your runs are unfinished; at most {MAX_UNFINISHED}")


def _send_all(model: type[Run] | type[Part], task: str, keys: Sequence[Any]) -> None:
    """Tell workers. Without a broker the schedule tells them later: the rows are what counts."""
    try:
        for key in keys:
            current_app.send_task(task, args=[key], retry=False)
    except BrokerError as error:
        log.warning("task_not_sent", task=task, jobs=len(keys), error=str(error))
        return
    model.objects.filter(pk__in=keys).update(sent_at=Now())


def _announce_end(run_id: str) -> None:
    """As `_announce`; a run that has ended is counted after the commit."""
    run = Run.objects.get(pk=run_id)
    _announce(run)
    transaction.on_commit(partial(count_end, run))


def _announce(run: Run) -> None:
    """Tell the user's clients, in the caller's transaction."""
    announce(
        "run",
        user_id=run.user_id,
        payload={
            "id": run.pk,
            "kind": run.kind,
            "status": run.status,
            "progress": run.progress,
            "runKey": run.run_key,
            "error": run.error,
        },
    )


# --- Working --------------------------------------------------------------------------------------


def work_on_run(run_id: str) -> bool:
    """Do a run, or put a sweep together whose parts are done. Idempotent; False: not ours to do."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None or run.status not in UNFINISHED or not _parts_done(run):
        return False
    token = claim(Run.objects.all(), run_id)
    if token is None:
        return False
    run.refresh_from_db()
    _tell_progress(run_id)
    if run.kind == Run.Kind.SWEEP:
        return _work(run, token, lambda held: _sweep_result(run, held))
    return _work(run, token, lambda held: _run_result(run, held))


def _parts_done(run: Run) -> bool:
    """Whether a sweep waits for none of its parts."""
    return not run.parts.exclude(status=Status.DONE).exists()


def _run_result(run: Run, held: Held[Run]) -> tuple[str, Callable[[], None]]:
    request = RunRequest.from_json(run.request)
    found: Finished = execute(request, user_id=run.user_id, progress=held.tell)
    return found.run_key, lambda: results.keep(
        found.run_key, found.summary, found.table, found.packed
    )


def _sweep_result(run: Run, held: Held[Run]) -> tuple[str, Callable[[], None]]:
    held.tell(0.99)
    rows = run.parts.order_by("number").values_list("found", flat=True)
    parts = [orjson.loads(zlib.decompress(bytes(row or b""))) for row in rows]
    key, found = finish_sweep(SweepRequest.from_json(run.request), parts)
    return key, lambda: results.keep(key, found, None)


def _work(
    run: Run, token: str, make: Callable[[Held[Run]], tuple[str, Callable[[], None]]]
) -> bool:
    """Make a run's result under its lease, keep it, and only then call the run done."""
    jobs = Run.objects.all()
    try:
        with Held(jobs, run.pk, token, lambda: _tell_progress(run.pk)) as held:
            run_key, keep = make(held)
            keep()
    except CancelledError:
        log.info("run_stopped", run=run.pk)
        return False
    except OperationalError as error:
        log.warning("run_gives_way", run=run.pk, error=str(error))
        give_back(jobs, run.pk, token)
        raise
    except BarsChangedError:
        return _try_again(run, token)
    except (*TOLD, RulesRefusedError) as error:
        return _end(run.pk, token, status=Status.FAILED, error=str(error) or type(error).__name__)
    except Exception:
        _end(run.pk, token, status=Status.FAILED, error=OUR_FAULT)
        raise
    return _end(run.pk, token, status=Status.DONE, run_key=run_key, progress=1.0)


def _end(run_id: str, token: str, **columns: Any) -> bool:  # noqa: ANN401 - columns of a run
    with transaction.atomic():
        mine = finish(Run.objects.all(), run_id, token, finished_at=Now(), **columns)
        if mine:
            _announce_end(run_id)
    ring_bell(run_id)
    return mine


def _try_again(run: Run, token: str) -> bool:
    """Some bars were revised while a sweep ran: its parts are made anew, a few times."""
    if run.attempts >= MAX_ATTEMPTS:
        words = "The bars kept changing while the sweep ran; run it again when they rest."
        return _end(run.pk, token, status=Status.FAILED, error=words)
    with transaction.atomic():
        run.parts.update(status=Status.QUEUED, attempts=0, found=None, sent_at=None)
        give_back(Run.objects.all(), run.pk, token)
    return False


def work_on_part(part_id: int) -> bool:
    """Do a part of a sweep; the last one has the sweep put together. Idempotent."""
    part = Part.objects.select_related("run").filter(pk=part_id).first()
    if part is None or part.run.status not in UNFINISHED:
        return False
    token = claim(Part.objects.all(), part_id)
    if token is None:
        return False
    jobs, request = Part.objects.all(), SweepRequest.from_json(part.run.request)
    Run.objects.filter(pk=part.run_id, status=Status.QUEUED).update(status=Status.RUNNING)
    specs = variants_of(request)[0][part.first : part.first + part.count]
    try:
        with Held(jobs, part_id, token) as held:
            found = execute_part(request, specs, progress=_unless_cancelled(part.run_id, held))
    except CancelledError:
        return False
    except OperationalError:
        give_back(jobs, part_id, token)
        raise
    except TOLD as error:
        return _fail_sweep(part, token, str(error) or type(error).__name__)
    except Exception:
        _fail_sweep(part, token, OUR_FAULT)
        raise
    packed = zlib.compress(orjson.dumps(found), 1)
    if not finish(jobs, part_id, token, status=Status.DONE, progress=1.0, found=packed):
        return False
    _tell_progress(part.run_id)
    if _parts_done(part.run):
        _send_all(Run, RUN_TASK, [part.run_id])
    return True


def _unless_cancelled(run_id: str, held: Held[Part]) -> Callable[[float], None]:
    def tell(share: float) -> None:
        held.tell(share)
        if not Run.objects.filter(pk=run_id, status__in=UNFINISHED).exists():
            raise CancelledError

    return tell


def _fail_sweep(part: Part, token: str, error: str) -> bool:
    finish(Part.objects.all(), part.pk, token, status=Status.FAILED, error=error)
    with transaction.atomic():
        waiting = Run.objects.filter(pk=part.run_id, status__in=UNFINISHED)
        if waiting.update(status=Status.FAILED, error=error, finished_at=Now()):
            _announce_end(part.run_id)
    ring_bell(part.run_id)
    return False


def _tell_progress(run_id: str) -> None:
    """Bring the run's progress up to date and tell the user's clients."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.kind == Run.Kind.SWEEP:
            done = run.parts.filter(status=Status.DONE).count()
            run.progress = done / max(1, run.parts.count())
            Run.objects.filter(pk=run_id, status__in=UNFINISHED).update(progress=run.progress)
        _announce(run)


def relieve() -> int:
    """Tell workers of the jobs whose worker died or whose message was lost; give up what failed too
    often. Returns the number of jobs that were sent."""
    sent = 0
    for job in abandoned(Part.objects.filter(run__status__in=UNFINISHED)).select_related("run"):
        if job.attempts >= MAX_ATTEMPTS:
            _give_up(job.run)
            continue
        _send_all(Part, PART_TASK, [job.pk])
        sent += 1
    ready = Run.objects.exclude(parts__status__in=[*UNFINISHED, Status.FAILED, Status.CANCELLED])
    for run in abandoned(ready):
        if run.attempts >= MAX_ATTEMPTS:
            _give_up(run)
            continue
        _send_all(Run, RUN_TASK, [run.pk])
        sent += 1
    return sent


def _give_up(run: Run) -> None:
    words = f"Given up: {MAX_ATTEMPTS} workers died over it."
    with transaction.atomic():
        waiting = Run.objects.filter(pk=run.pk, status__in=UNFINISHED)
        if waiting.update(status=Status.FAILED, error=words, finished_at=Now(), token=""):
            log.error("run_given_up", run=run.pk)
            _announce_end(run.pk)
    ring_bell(run.pk)


# --- Ending ---------------------------------------------------------------------------------------


def cancel_run(*, run: Run) -> bool:
    """Stop an unfinished run: its worker loses the lease. False if it had ended already."""
    with transaction.atomic():
        waiting = Run.objects.filter(pk=run.pk, status__in=UNFINISHED)
        stopped = waiting.update(
            status=Status.CANCELLED, token="", lease_until=None, finished_at=Now()
        )
        if stopped:
            run.parts.filter(status__in=UNFINISHED).update(status=Status.CANCELLED, token="")
            _announce_end(run.pk)
    if stopped:
        ring_bell(run.pk)
    return bool(stopped)


def delete_run(*, run: Run) -> None:
    """Forget a run that has ended; its result goes when no other run shares it."""
    run.delete()
    if run.run_key is not None:
        _forget_results(Result.objects.filter(pk=run.run_key))


def prune(*, older_than: timedelta) -> int:
    """Forget runs that ended so long ago, by the wall clock, and results that nobody refers to."""
    old = Run.objects.exclude(status__in=UNFINISHED).filter(finished_at__lt=Now() - older_than)
    count, _ = old.delete()
    _forget_results(Result.objects.filter(created_at__lt=Now() - older_than))
    return count


def _forget_results(candidates: Any) -> None:  # noqa: ANN401 - a queryset of results
    used = Run.objects.filter(run_key__isnull=False).values("run_key")
    keys = list(candidates.exclude(run_key__in=used).values_list("run_key", flat=True))
    # The result first: what is there must be whole.
    Result.objects.filter(pk__in=keys).delete()
    TriggerPage.objects.filter(run_key__in=keys).delete()


# --- Presets --------------------------------------------------------------------------------------


def save_preset(*, user_id: str, name: str, description: str, request: Mapping[str, Any]) -> Preset:
    """Keep a request under a name.

    Raises:
        PresetExistsError: the user has one of this name.
        TooManyError: the user has as many as he may.
    """
    if Preset.objects.filter(user=user_id).count() >= MAX_PRESETS:
        raise TooManyError(f"at most {MAX_PRESETS} presets")
    try:
        with transaction.atomic():
            return Preset.objects.create(
                user_id=user_id, name=name, description=description, request=dict(request)
            )
    except IntegrityError:
        raise PresetExistsError(f"you have a preset named {name!r}") from None


def delete_preset(*, user_id: str, preset_id: str) -> bool:
    """Forget one of a user's presets; False if there is none."""
    deleted, _ = Preset.objects.filter(user=user_id, pk=preset_id).delete()
    return bool(deleted)
