"""The score's history: what moved it, from what to what, and what became of the gates.

A label's step is written in the label's own transaction, an outcome's once its horizon has passed.
Gates belong to a higher room, which registers the function that reads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from django.db import transaction

from coach.signals.services import announce
from coach.signals.tallies import MaturedSignal, matured_decisions
from feedback.events import LabelChange, ResultChange
from learning.aggregates import NOTHING, DayCounts, label_counts
from learning.locks import hold
from learning.loop import AGGREGATES, current_views
from learning.models import ScoreEntry
from learning.payload import metrics_payload
from learning.results import OwnOutcome, micro, own_outcome_counts, own_outcomes
from learning.selectors import EVERYBODY, RuleView

METRICS: Final = "metrics"

Cause = Literal["label", "undo", "outcome", "trade", "day"]
Gates = dict[str, float]
GateReader = Callable[[Sequence[tuple[str, float]], datetime], list[Gates]]
"""The gates of each (user, score) at a market time."""

_readers: list[GateReader] = []


def register_gate_reader(reader: GateReader) -> None:
    """Name the function that says which gates follow from a score; the last one counts."""
    _readers[:] = [reader]


def gates_of(scores: Sequence[tuple[str, float]], *, at: datetime) -> list[Gates]:
    """The gates that follow from each (user, score); empty where no room has any."""
    return _readers[0](scores, at) if _readers else [{} for _ in scores]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rule of a user before and after one cause."""

    user_id: str
    rule_id: str
    cause: Cause
    cause_id: str
    detail: Mapping[str, Any]
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A step with the gates on both sides of it."""

    step: Step
    gates_before: Gates
    gates_after: Gates


def write_steps(steps: Sequence[Step], *, at: datetime) -> list[Written]:
    """Add those steps to the history that moved a score, in the caller's transaction."""
    sides = [(step.user_id, score) for step in steps for score in (step.before, step.after)]
    gates = gates_of(sides, at=at)
    written = [
        Written(step=step, gates_before=before, gates_after=after)
        for step, before, after in zip(steps, gates[::2], gates[1::2], strict=True)
    ]
    entries = [
        ScoreEntry(
            user_id=one.step.user_id,
            rule_id=one.step.rule_id,
            cause=one.step.cause,
            cause_id=one.step.cause_id,
            detail=dict(one.step.detail),
            before=one.step.before,
            after=one.step.after,
            gates_before=one.gates_before,
            gates_after=one.gates_after,
            market_ts=at,
        )
        for one in written
        if one.step.before != one.step.after
    ]
    if len(entries) == 1:
        entries[0].save(force_insert=True)
    else:
        ScoreEntry.objects.bulk_create(entries)
    return written


def record_label(change: LabelChange) -> dict[str, Any]:
    """Write what a label does to the score, in the label's transaction and before its row.

    Answers with `metrics`, `score` and `gates` (before and after) for the reply to the user.
    """
    pair = (change.user_id, change.rule_id)
    view = current_views([pair], now=change.market_ts)[pair]
    then = view.with_own(change.session_date, _difference(change))
    moved = change.before != change.after
    step = Step(
        user_id=change.user_id,
        rule_id=change.rule_id,
        cause=change.cause,
        cause_id=str(change.feedback_id),
        detail={
            "signalId": change.signal_id,
            "symbol": change.symbol,
            "timeframe": change.timeframe,
            "seq": change.seq,
            "delivered": change.delivered,
            "labelBefore": change.before,
            "labelAfter": change.after,
        },
        before=view.score.score,
        after=then.score.score,
    )
    written, metrics = write_steps([step], at=change.market_ts)[0], metrics_payload(then)
    if moved:
        token = str(change.feedback_id)
        AGGREGATES.suspect(_pairs(*pair), change.session_date, token=token, part="labels")
        announce_metrics(change.user_id, metrics, written.gates_after)
    return {
        "metrics": metrics,
        "score": {"before": step.before, "after": step.after},
        "gates": {"before": written.gates_before, "after": written.gates_after},
    }


def _pairs(user_id: str, rule_id: str) -> list[tuple[str, str]]:
    return [(user_id, rule_id), (EVERYBODY, rule_id)]


def _difference(change: LabelChange) -> DayCounts:
    was, is_now = (
        label_counts(label, delivered=change.delivered) for label in (change.before, change.after)
    )
    return is_now - was


def announce_metrics(user_id: str, metrics: Mapping[str, Any], gates: Gates) -> None:
    """Tell the user's screens a rule's metrics and the gates that follow, in the caller's
    transaction."""
    announce(METRICS, user_id=user_id, payload={**metrics, "gates": gates})


def record_outcomes(signal_ids: Collection[str]) -> None:
    """Write what outcomes do to the scores once their horizon has passed; each signal once, however
    often and by however many processes it is told."""
    of_rule = _not_recorded([one for one in own_outcomes(signal_ids) if one.r_micro is not None])
    if not of_rule:
        return
    now = max(one.row.matured_at for outcomes in of_rule.values() for one in outcomes)
    views = current_views(of_rule, now=now, activity=True)
    with transaction.atomic():
        hold("outcomes")
        left = _not_recorded([one for outcomes in of_rule.values() for one in outcomes])
        steps = [
            step
            for pair, outcomes in left.items()
            for step in _outcome_steps(views[pair], outcomes)
        ]
        announce_last(write_steps(steps, at=now), views)


def _not_recorded(matured: Sequence[OwnOutcome]) -> dict[tuple[str, str], list[OwnOutcome]]:
    """Those that have no step yet, by (user, rule)."""
    done = set(
        ScoreEntry.objects.filter(
            cause="outcome", cause_id__in={one.row.signal_id for one in matured}
        ).values_list("user_id", "cause_id")
    )
    of_rule: dict[tuple[str, str], list[OwnOutcome]] = defaultdict(list)
    for one in matured:
        if (one.row.user_id, one.row.signal_id) not in done:
            of_rule[one.row.user_id, one.row.rule_id].append(one)
    return of_rule


def announce_last(
    written: Sequence[Written], views: Mapping[tuple[str | None, str], RuleView]
) -> None:
    """Tell each user where his rules stand after several steps, in the caller's transaction."""
    last = {(one.step.user_id, one.step.rule_id): one for one in written}
    for (user_id, rule_id), one in last.items():
        metrics = metrics_payload(views[user_id, rule_id])
        announce_metrics(user_id, metrics, one.gates_after)


def _outcome_steps(after: RuleView, outcomes: Sequence[OwnOutcome]) -> list[Step]:
    """The way to a view that holds these outcomes already, one outcome at a time."""
    steps: list[Step] = []
    for one in sorted(outcomes, key=lambda it: (it.row.matured_at, it.row.signal_id), reverse=True):
        before = after.with_own(one.row.day, NOTHING - _of_outcome(one))
        step = Step(
            user_id=one.row.user_id,
            rule_id=one.row.rule_id,
            cause="outcome",
            cause_id=one.row.signal_id,
            detail={"signalId": one.row.signal_id, "r": (one.r_micro or 0) / 1e6},
            before=before.score.score,
            after=after.score.score,
        )
        steps.append(step)
        after = before
    return steps[::-1]


def _of_outcome(one: OwnOutcome) -> DayCounts:
    automatic = one.row.r_micro
    event = NOTHING if automatic is None else DayCounts(events=1, event_r_micro=automatic)
    return own_outcome_counts(one.r_micro) + event


def record_trades(changes: Sequence[ResultChange]) -> None:
    """Write what linked trades do to the scores, in the trades' transaction and before their rows.

    A signal whose horizon has not passed counts later, with the trade's R: see `record_outcomes`.
    """
    matured = {
        row.signal_id: row
        for row in matured_decisions([change.signal_id for change in changes])
        if row.user_id == changes[0].user_id
    }
    now = changes[0].market_ts
    pairs = {(change.user_id, change.rule_id) for change in changes}
    views = dict(current_views(pairs, now=now))
    steps = []
    for change in changes:
        row, pair = matured.get(change.signal_id), (change.user_id, change.rule_id)
        if row is not None:
            then = views[pair].with_own(change.session_date, _traded(change, row))
            steps.append(_trade_step(change, views[pair], then))
            views[pair] = then
    for pair, day in touched(changes):
        AGGREGATES.suspect([pair], day, token=changes[0].batch, part="all")
    announce_last(write_steps(steps, at=now), views)


def touched(changes: Sequence[ResultChange]) -> list[tuple[tuple[str, str], date]]:
    """The (user, rule) and days whose counts these changes move, each once."""
    return sorted({((one.user_id, one.rule_id), one.session_date) for one in changes})


def _traded(change: ResultChange, row: MaturedSignal) -> DayCounts:
    was, is_now = (
        own_outcome_counts(row.r_micro if r is None else micro(r))
        for r in (change.before, change.after)
    )
    return is_now - was


def _trade_step(change: ResultChange, view: RuleView, then: RuleView) -> Step:
    return Step(
        user_id=change.user_id,
        rule_id=change.rule_id,
        cause="trade",
        cause_id=change.signal_id,
        detail={"signalId": change.signal_id, "rBefore": change.before, "r": change.after},
        before=view.score.score,
        after=then.score.score,
    )
