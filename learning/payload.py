"""The JSON of a rule's metrics: the same for REST and for the stream."""

from __future__ import annotations

from typing import Any

from learning.aggregates import DayCounts, Windows
from learning.models import ScoreEntry
from learning.selectors import RuleView


def metrics_payload(view: RuleView) -> dict[str, Any]:
    """`{ruleId, score, windows: {"7d": {…}, "30d": {…}}, asOf}`; rates are None without a case.

    Without a user the windows are everybody's: each label, each market event once.
    """
    series = view.everybody if view.user_id is None else view.own
    windows = Windows.of(series, as_of_session=view.session_date)
    return {
        "ruleId": view.rule_id,
        "score": view.score.score,
        "windows": {name: window_payload(counts) for name, counts in windows.by_name().items()},
        "asOf": view.as_of.isoformat(),
    }


def window_payload(counts: DayCounts) -> dict[str, Any]:
    """One window. Expectancy in R; `winrate` of the labels, `hitRate` of the outcomes above 0 R."""
    return {
        "fired": counts.fired,
        "actionable": counts.actionable,
        "good": counts.good,
        "bad": counts.bad,
        "late": counts.late,
        "missed": counts.missed,
        "labelled": counts.labelled,
        "matured": counts.matured,
        "expectancy": counts.expectancy,
        **_rate("winrate", counts.winrate),
        **_rate("hitRate", counts.hit_rate),
        "evidence": {"good": counts.evidence_good, "bad": counts.evidence_bad},
    }


def _rate(name: str, rate: tuple[float, float, float] | None) -> dict[str, float | None]:
    value, low, high = rate or (None, None, None)
    return {name: value, f"{name}Low": low, f"{name}High": high}


def step_payload(entry: ScoreEntry) -> dict[str, Any]:
    """A step of a score as `GET /api/rules/scores` gives it."""
    return {
        "id": entry.pk,
        "ruleId": entry.rule_id,
        "cause": entry.cause,
        "causeId": entry.cause_id,
        "detail": entry.detail,
        "score": {"before": entry.before, "after": entry.after},
        "gates": {"before": entry.gates_before, "after": entry.gates_after},
        "marketTs": entry.market_ts.isoformat(),
        "createdAt": entry.created_at.isoformat(),
    }
