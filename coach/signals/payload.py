"""The JSON of an alert: one shape for the API and for the stream (pure).

An alert is a decision about a signal, delivered or held back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from coach.engine.confidence import BASE, REFERENCES
from coach.engine.layout import FEATURES
from coach.engine.outcome import STOP_LOSS, TAKE_PROFIT
from coach.signals.records import DecisionRow, OutcomeFacts, SignalRow
from coach.signals.why import confidence_text, contributions, why

REFERENCE = dict(zip(FEATURES, REFERENCES, strict=True))


def alert_json(
    decision: DecisionRow,
    *,
    label: Mapping[str, Any] | None,
    explain_v2: bool,
    tick: float,
) -> dict[str, Any]:
    """An alert as the client reads it.

    Args:
        label: the user's current label as JSON, made by the room that keeps labels.
        explain_v2: explain the confidence feature by feature (flag enableExplainV2).
        tick: the instrument's tick size, by which prices are written in words.
    """
    signal = decision.signal
    return {
        "id": decision.id,
        "n": decision.n,
        "prevN": decision.n - 1,  # the sequence has no holes
        "signalId": signal.id,
        "symbol": signal.symbol,
        "timeframe": signal.timeframe,
        "seq": signal.seq,
        "ts": signal.ts,
        "sessionDate": signal.session_date.isoformat(),
        "ruleId": signal.rule_id,
        "ruleVersion": signal.rule_version,
        "direction": signal.direction,
        "confidence": signal.confidence,
        "price": signal.price,
        "why": why(signal, tick=tick),
        "levels": levels_json(signal),
        "regime": {"trend": signal.regime_trend, "volatility": signal.regime_volatility},
        "warm": signal.warm,
        "delivered": decision.delivered,
        "reason": decision.reason,
        "reasonCode": decision.reason_code,
        "numbers": dict(decision.numbers),
        "until": _time(decision.until),
        "governor": decision.governor,
        "mode": decision.mode,
        "decidedAt": _time(decision.decided_at),
        "explain": explain_json(signal, v2=explain_v2),
        "label": None if label is None else dict(label),
        "outcome": outcome_json(signal.outcome),
        "revision": signal.revision_verdict,
        "latency": dict(decision.latency),
        "demo": signal.origin == "scan",
    }


def levels_json(signal: SignalRow) -> dict[str, Any]:
    """Entry, stop and target. Until the next bar opens the entry is the close ("≈ next open")."""
    side = 1 if signal.direction == "long" else -1
    entry = signal.price if signal.entry is None else signal.entry
    return {
        "entry": entry,
        "entryState": "provisional" if signal.entry is None else "filled",
        "stop": entry - side * STOP_LOSS * signal.atr,
        "target": entry + side * TAKE_PROFIT * signal.atr,
        "reference": signal.level,
        "unit": signal.atr,
    }


def explain_json(signal: SignalRow, *, v2: bool) -> dict[str, Any]:
    """The confidence in words; with `v2` also feature by feature, in points of 0 to 100."""
    text = confidence_text(signal)
    if not v2:
        return {"version": "v1", "text": text, "base": None, "contributions": []}
    parts = [
        {
            "feature": part.name,
            "value": part.feature,
            "reference": REFERENCE[part.name],
            "points": part.points * 100,
        }
        for part in contributions(signal.features)
    ]
    return {"version": "v2", "text": text, "base": BASE * 100, "contributions": parts}


def outcome_json(outcome: OutcomeFacts) -> dict[str, Any]:
    """What became of the signal, in R."""
    return {
        "state": outcome.state,
        "r": outcome.r,
        "exitReason": outcome.exit,
        "holdBars": outcome.hold_bars,
        "mfe": outcome.mfe,
        "mae": outcome.mae,
        "ambiguous": outcome.ambiguous,
        "verdict": outcome.verdict,
        "knownAt": _time(outcome.known_at),
        "maturedAt": _time(outcome.matured_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
