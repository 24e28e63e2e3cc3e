"""Writes of this room: candidates proposed and reviewed, an accepted one put into the corpus."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from backtest.selectors import done_run
from golden import mutation
from golden.fixture import CASES, Fixture, MutationCount, parse
from golden.models import Candidate, State
from golden.mutation import REQUIRED_RATE, Report
from golden.runner import check
from golden.stretch import Wish, case_of

MAX_OPEN = 100


class UnknownRunError(LookupError):
    """The user has no such run."""


class NameTakenError(ValueError):
    """A case or a candidate bears this name."""


class TooManyError(ValueError):
    """The user has as many candidates under review as he may."""


class TooWeakError(ValueError):
    """The case kills too few mutants."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(
            f"The case kills {report.killed} of {report.of} code mutants ({report.rate:.0%}); "
            f"at least {REQUIRED_RATE:.0%} are required. A longer stretch, with triggers in both "
            "directions, kills more."
        )


class ReviewError(ValueError):
    """The review, or what follows from it, cannot be; says why."""


def propose(*, user_id: str, run_id: str, wish: Wish) -> Candidate:
    """Make a candidate of a stretch of a run, if it kills enough mutants.

    Raises:
        UnknownRunError: the user has no such run.
        NotDoneError: it has no result.
        NameTakenError: a case or another candidate bears the name.
        TooManyError: too many of the user's candidates wait for review.
        RequestError: rule, range or length; names the field.
        StaleRunError: bars or evaluator have changed since the run.
        TooWeakError: too few mutants are killed; names the survivors.
    """
    run = done_run(user_id, run_id)
    if run is None:
        raise UnknownRunError(run_id)
    _check_name(wish.name)
    if Candidate.objects.filter(user=user_id, state=State.PROPOSED).count() >= MAX_OPEN:
        raise TooManyError(f"{MAX_OPEN} of your candidates wait for review; no more until then")
    fixture = case_of(run, wish)
    report = mutation.measure(wish.rule_id, [fixture])
    if not report.enough:
        raise TooWeakError(report)
    count = MutationCount(killed=report.killed, of=report.of)
    try:
        with transaction.atomic():
            return Candidate.objects.create(
                user_id=user_id,
                name=wish.name,
                run_id=run.id,
                run_key=run.run_key,
                rule_id=wish.rule_id,
                notes=wish.notes,
                text=fixture.model_copy(update={"mutation": count}).text(),
                report=report_json(report),
            )
    except IntegrityError:
        raise NameTakenError(f"a candidate is named {wish.name!r} already") from None


def _check_name(name: str) -> None:
    if (CASES / f"{name}.json").exists():
        raise NameTakenError(f"a case is named {name!r} already")
    if Candidate.objects.filter(name=name).exclude(state=State.REJECTED).exists():
        raise NameTakenError(f"a candidate is named {name!r} already")


def report_json(report: Report) -> dict[str, Any]:
    """A report as it is kept and shown."""
    found = asdict(report)
    return {
        "killed": found["killed"],
        "of": found["of"],
        "rate": round(report.rate, 4),
        "requiredRate": REQUIRED_RATE,
        "survivors": list(found["survivors"]),
        "barsKilled": found["bars_killed"],
        "barsOf": found["bars_of"],
        "barSurvivors": list(found["bar_survivors"]),
    }


# --- Review ---------------------------------------------------------------------------------------


def accept(
    *, candidate: Candidate, reviewer_id: str, source: str, notes: str, as_of: datetime
) -> None:
    """Accept a candidate; `source` says where its bars come from and under which licence.

    Raises:
        ReviewError: no source, or the candidate was reviewed already.
    """
    if not source.strip():
        raise ReviewError("source: say where the bars come from, and their licence")
    fixture = fixture_of(candidate).model_copy(update={"source": source.strip()})
    _review(candidate, State.ACCEPTED, reviewer_id, notes, as_of, text=fixture.text())


def reject(*, candidate: Candidate, reviewer_id: str, notes: str, as_of: datetime) -> None:
    """Reject a candidate; its name is free again.

    Raises:
        ReviewError: no notes, or the candidate was reviewed already.
    """
    if not notes.strip():
        raise ReviewError("notes: say why it is rejected")
    _review(candidate, State.REJECTED, reviewer_id, notes, as_of)


def _review(
    candidate: Candidate,
    state: State,
    reviewer_id: str,
    notes: str,
    as_of: datetime,
    **columns: str,
) -> None:
    waiting = Candidate.objects.filter(pk=candidate.pk, state=State.PROPOSED)
    changed = waiting.update(
        state=state,
        reviewer_id=reviewer_id,
        reviewed_at=as_of,
        review_notes=notes.strip(),
        **columns,
    )
    if not changed:
        raise ReviewError(f"{candidate.name} does not wait for review")
    candidate.refresh_from_db()


def fixture_of(candidate: Candidate) -> Fixture:
    """A candidate's case."""
    return parse(json.loads(candidate.text))


def promote(*, name: str, as_of: datetime, folder: Path = CASES) -> Path:
    """Write an accepted candidate's file. Once more is harmless: the same text is there.

    Raises:
        ReviewError: there is no accepted candidate of this name, it fails now, or another file is
            there.
    """
    states = (State.ACCEPTED, State.PROMOTED)
    candidate = Candidate.objects.filter(name=name, state__in=states).first()
    if candidate is None:
        raise ReviewError(f"no accepted candidate is named {name!r}")
    differences = check(fixture_of(candidate))
    if differences:
        raise ReviewError("\n".join([f"{name} fails now:", *map(str, differences)]))
    path = folder / f"{name}.json"
    if path.exists() and path.read_text() != candidate.text:
        raise ReviewError(f"{path.name} is there with another text; only rebless changes a case")
    path.write_text(candidate.text)
    Candidate.objects.filter(pk=candidate.pk, state=State.ACCEPTED).update(
        state=State.PROMOTED, promoted_at=as_of
    )
    return path
