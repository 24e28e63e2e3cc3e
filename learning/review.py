"""What a rule's signals came to for a user over the long window: was its confidence right, did his
labels agree with the outcomes, what did the governor save him and cost him."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from coach.signals.verdicts import (
    HeldTally,
    TenthTally,
    tally_chance,
    tally_confidence,
    tally_held,
    tally_verdicts,
    verdicts_of,
)
from feedback.selectors import current_labels
from learning.aggregates import session_date_of
from learning.evidence import LONG_WINDOW_DAYS, wilson_interval
from learning.selectors import first_day_of

LABELS: Final = ("good", "bad", "late", "missed")
UNLABELLED: Final = "none"
VERDICTS: Final = ("good", "neutral", "bad", "open")
OPEN: Final = "open"
"""No verdict yet."""


def calibrations(
    user_id: str, rule_ids: Collection[str], *, as_of: datetime
) -> list[dict[str, Any]]:
    """`GET /api/rules/calibration`: hits by tenths of confidence, of each rule."""
    tallies = tally_confidence(user_id, rule_ids, **_span(as_of))
    return [
        {
            "ruleId": rule_id,
            "bins": [_bin(one) for one in tallies if one.rule_id == rule_id],
            "asOf": as_of.isoformat(),
        }
        for rule_id in rule_ids
    ]


def review(user_id: str, rule_id: str, *, as_of: datetime) -> dict[str, Any]:
    """`GET /api/rules/review`: one rule over the session dates D-29 … D."""
    span = _span(as_of)
    chances = tally_chance(user_id, [rule_id], **span)
    return {
        "ruleId": rule_id,
        "days": LONG_WINDOW_DAYS,
        "asOf": as_of.isoformat(),
        "confidence": [_bin(one) for one in tally_confidence(user_id, [rule_id], **span)],
        "chance": [{**_bin(one), "said": one.total / one.matured} for one in chances],
        "matrix": _matrix(user_id, rule_id, span),
        "held": [_held(one) for one in tally_held(user_id, rule_id, **span)],
    }


def _span(as_of: datetime) -> dict[str, date]:
    return {"first_day": first_day_of(as_of), "last_day": session_date_of(as_of)}


def _bin(tally: TenthTally) -> dict[str, Any]:
    low, high = wilson_interval(tally.hits, tally.matured) or (None, None)
    return {
        "low": tally.tenth * 10,
        "high": tally.tenth * 10 + 10,
        "n": tally.matured,
        "hits": tally.hits,
        "hitRate": tally.hits / tally.matured,
        "hitRateLow": low,
        "hitRateHigh": high,
    }


def _held(tally: HeldTally) -> dict[str, Any]:
    return {
        "reasonCode": tally.reason_code,
        "n": tally.matured,
        "saved": tally.saved,
        "cost": tally.cost,
    }


def _matrix(user_id: str, rule_id: str, span: Mapping[str, date]) -> list[dict[str, Any]]:
    """Signals by label and verdict; a row for each label, and one for none."""
    labels = (
        current_labels(user_ids=[user_id])
        .filter(
            rule_id=rule_id,
            signal__isnull=False,
            label__isnull=False,
            session_date__gte=span["first_day"],
            session_date__lte=span["last_day"],
        )
        .values_list("signal_id", "label")
    )
    label_of = {str(signal_id): str(label) for signal_id, label in labels}
    verdict_of = verdicts_of(list(label_of))
    left = dict(tally_verdicts(user_id, rule_id, **span))
    cells: dict[str, dict[str, int]] = {
        label: dict.fromkeys(VERDICTS, 0) for label in (*LABELS, UNLABELLED)
    }
    for signal_id, label in label_of.items():
        verdict = verdict_of[signal_id]
        cells[label][verdict or OPEN] += 1
        left[verdict] -= 1
    for verdict, signals in left.items():
        cells[UNLABELLED][verdict or OPEN] += signals
    return [{"label": label, **row} for label, row in cells.items()]
