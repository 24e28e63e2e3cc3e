"""Reads of this room: runs with their results, the labels of their triggers, presets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from backtest import results
from backtest.document import SHOWN, with_triggers
from backtest.models import Preset, Run
from backtest.packing import Table
from backtest.presets import shipped_presets
from backtest.request import RunRequest
from coach.engine.layout import timeframe_ms
from coach.market.selectors import list_instruments
from feedback.selectors import labels_of_bars

Json = dict[str, Any]


def runs_of(user_id: str) -> QuerySet[Run]:
    """A user's runs, newest first."""
    return Run.objects.filter(user=user_id).order_by("-id")


def get_run(user_id: str, run_id: str) -> Run | None:
    """One run, if it is this user's."""
    return Run.objects.filter(user=user_id, pk=run_id).first()


@dataclass(frozen=True, slots=True)
class DoneRun:
    """A run with a result, as other rooms see it."""

    id: str
    run_key: str
    request: RunRequest


class NotDoneError(ValueError):
    """The run has no result; says where it stands."""


def done_run(user_id: str, run_id: str) -> DoneRun | None:
    """One run of this user's; sweeps have no triggers and are none.

    Raises:
        NotDoneError: it has no result.
    """
    run = Run.objects.filter(user=user_id, pk=run_id, kind=Run.Kind.RUN).first()
    if run is None:
        return None
    if run.run_key is None:
        raise NotDoneError(f"This run has no result: it is {run.status}.")
    return DoneRun(run.pk, run.run_key, RunRequest.from_json(run.request))


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """A trigger of a result; direction is +1 or -1."""

    seq: int
    direction: int
    confidence: float


def triggers_between(
    run_key: str, rule_id: str, first_ts: int, last_ts: int
) -> list[TriggerRow] | None:
    """A rule's triggers on bars in [first_ts, last_ts]; None if the result was pruned."""
    if not results.is_kept(run_key):
        return None
    found = []
    for page in results.pages_between(run_key, first_ts, last_ts):
        if rule_id not in page.rule_ids:
            return []
        c = page.columns
        chosen = (c["rule"] == page.rule_ids.index(rule_id)) & (c["ts"] >= first_ts)
        chosen &= c["ts"] <= last_ts
        rows = (c[name][chosen].tolist() for name in ("seq", "direction", "confidence"))
        found += [TriggerRow(*row) for row in zip(*rows, strict=True)]
    return found


def run_json(run: Run, *, whole: bool = False) -> Json:
    """A run as the API gives it; with its result if it is done and wanted whole."""
    return {
        "id": run.pk,
        "kind": run.kind,
        "runKey": run.run_key,
        "status": run.status,
        "progress": run.progress,
        "request": run.request,
        "error": run.error,
        "createdAt": run.created_at,
        "finishedAt": run.finished_at,
        "result": result_json(run) if whole else None,
    }


def result_json(run: Run) -> Json | None:
    """A run's result with what is the user's own: labels, and where the other triggers are."""
    if run.run_key is None:
        return None
    found = results.summary_of(run.run_key)
    if found is None or run.kind == Run.Kind.SWEEP:
        return found
    shown = results.triggers_of(run.run_key, 0, SHOWN)
    whole = with_triggers(found, shown) if shown is not None else found | {"triggers": []}
    more = found["triggerCount"] > SHOWN
    whole["triggersUrl"] = f"/api/backtest/runs/{run.pk}/triggers?cursor={SHOWN}" if more else None
    return _with_labels(whole, run)


def triggers_page(run: Run, *, first: int, limit: int) -> list[Json]:
    """Triggers [first, first + limit) of a run; none beyond its end, or without a result."""
    if run.run_key is None:
        return []
    table = results.triggers_of(run.run_key, first, first + limit)
    return [] if table is None else table.rows()


# --- Labels ---------------------------------------------------------------------------------------


def _with_labels(whole: Json, run: Run) -> Json:
    """The winrate of the labels that the user gave to these triggers: good over good and bad."""
    counts = label_counts(run)
    good, bad = counts["", "good"], counts["", "bad"]
    whole["winrate"] = _rate(good, bad)
    whole["labels"] = {"good": good, "bad": bad}
    for rule_id, figures in whole["metrics"]["perRule"].items():
        good, bad = counts[rule_id, "good"], counts[rule_id, "bad"]
        figures["winrate"] = _rate(good, bad)
        figures["labels"] = {"good": good, "bad": bad}
    return whole


def _rate(good: int, bad: int) -> float | None:
    return good / (good + bad) if good + bad else None


def label_counts(run: Run) -> Mapping[tuple[str, str], int]:
    """How many of a run's triggers have each label, by (rule, label), and of all rules by ""."""
    counts: Counter[tuple[str, str]] = Counter()
    request = run.request
    step = timeframe_ms(request["timeframe"])
    labels = labels_of_bars(
        run.user_id,
        symbol=request["symbol"],
        timeframe=request["timeframe"],
        first_seq=request["start"] // step,
        last_seq=request["end"] // step,
    )
    if not labels or run.run_key is None:
        return counts
    stamps = [seq * step for seq, _ in labels]
    pages = results.pages_between(run.run_key, min(stamps), max(stamps) + step)
    for page in pages:
        for key in _keys(page):
            label = labels.get(key)
            if label is not None:
                counts[key[1], label] += 1
                counts["", label] += 1
    return counts


def _keys(table: Table) -> list[tuple[int, str]]:
    rules = [table.rule_ids[rule] for rule in table.columns["rule"].tolist()]
    return list(zip(table.columns["seq"].tolist(), rules, strict=True))


# --- Presets --------------------------------------------------------------------------------------


def presets_of(user_id: str) -> list[Json]:
    """The shipped presets on the market that is there, then the user's own."""
    own = Preset.objects.filter(user=user_id).order_by("id")
    return [*shipped_presets(list_instruments()), *(preset_json(each) for each in own)]


def preset_json(preset: Preset) -> Json:
    """A user's preset as the API gives it."""
    return {
        "id": preset.pk,
        "name": preset.name,
        "description": preset.description,
        "shipped": False,
        "request": preset.request,
    }
