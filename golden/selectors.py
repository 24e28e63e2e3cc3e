"""Reads of this room: the corpus and a user's candidates, each with its last run."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from coach.engine.layout import seq_of, timeframe_ms
from coach.engine.version import engine_version
from golden.differences import Difference
from golden.fixture import CASES, Fixture, parse, read
from golden.models import Candidate
from golden.mutation import REQUIRED_RATE
from golden.standing import Standing, book

Json = dict[str, Any]

SHOWN = 20
"""Differences of a case that are shown; their number is told beside them."""


def overview(user_id: str, *, as_of: datetime, folder: Path = CASES) -> Json:
    """The corpus and the user's own candidates, newest first."""
    own = Candidate.objects.filter(user=user_id).select_related("reviewer").order_by("-id")
    cases = [(read(path), path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {
        "engineVersion": engine_version(),
        "requiredRate": REQUIRED_RATE,
        "cases": [case_json(fixture, text, as_of=as_of) for fixture, text in cases],
        "candidates": [candidate_json(each, as_of=as_of) for each in own],
    }


def find(user_id: str, name: str, *, as_of: datetime, folder: Path = CASES) -> Json | None:
    """A case of the corpus, else the user's latest candidate of this name; with its fixture."""
    text = text_of(user_id, name, folder=folder)
    if text is None:
        return None
    fixture = parse(json.loads(text))
    candidate = _latest(user_id, name)
    return {
        **case_json(fixture, text, as_of=as_of),
        "candidate": None if candidate is None else candidate_json(candidate, as_of=as_of),
        "fixture": fixture.document(),
    }


def text_of(user_id: str, name: str, *, folder: Path = CASES) -> str | None:
    """The fixture file of a case, or of the user's latest candidate of this name."""
    path = folder / f"{name}.json"
    if path.exists():
        return path.read_text()
    candidate = _latest(user_id, name)
    return None if candidate is None else candidate.text


def _latest(user_id: str, name: str) -> Candidate | None:
    own = Candidate.objects.filter(user=user_id, name=name).select_related("reviewer")
    return own.order_by("-id").first()


def case_json(fixture: Fixture, text: str, *, as_of: datetime) -> Json:
    """A case without its bars, and its last run."""
    document = fixture.model_dump(mode="json", by_alias=True, exclude={"bars", "expected"})
    stamps = [int(row[0]) for row in fixture.bars if row[0] is not None]
    step = timeframe_ms(fixture.timeframe)
    asserted = [ts for ts in stamps if seq_of(ts, fixture.timeframe) >= fixture.assert_from]
    return {
        **document,
        "from": asserted[0] if asserted else stamps[0],
        "to": stamps[-1] + step,
        "bars": len(fixture.bars),
        "triggers": len(fixture.expected.triggers),
        "silent": len(fixture.expected.silent),
        "pass": fixture.expected.passes,
        "lastRun": standing_json(fixture, book().of(fixture, text, as_of=as_of)),
    }


def candidate_json(candidate: Candidate, *, as_of: datetime) -> Json:
    """A candidate with its case, its mutation report and its review."""
    fixture = parse(json.loads(candidate.text))
    return {
        **case_json(fixture, candidate.text, as_of=as_of),
        "id": candidate.pk,
        "state": candidate.state,
        "runId": candidate.run_id,
        "notes": candidate.notes,
        "report": candidate.report,
        "createdAt": candidate.created_at,
        "reviewedAt": candidate.reviewed_at,
        "reviewedBy": candidate.reviewer.get_username() if candidate.reviewer else None,
        "reviewNotes": candidate.review_notes,
        "promotedAt": candidate.promoted_at,
    }


def standing_json(fixture: Fixture, standing: Standing) -> Json:
    """The last run of a case: pass or fail, and what differed first."""
    return {
        "status": "pass" if standing.passes else "fail",
        "checkedAt": standing.checked_at,
        "engineVersion": standing.engine_version,
        "differenceCount": len(standing.differences),
        "differences": [_difference(fixture, each) for each in standing.differences[:SHOWN]],
    }


def _difference(fixture: Fixture, each: Difference) -> Json:
    return {
        "driver": each.driver,
        "what": each.what,
        "seq": each.seq,
        "ts": _ts(fixture, each),
        "expected": each.expected,
        "got": each.got,
        "bar": None if each.bar is None else list(each.bar),
        "values": dict(each.values),
    }


def _ts(fixture: Fixture, each: Difference) -> int | None:
    if each.bar is not None and each.bar[0] is not None:
        return int(each.bar[0])
    return None if each.seq is None else each.seq * timeframe_ms(fixture.timeframe)
