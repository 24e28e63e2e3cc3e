"""Labels as JSON."""

from __future__ import annotations

from typing import Any

from feedback.selectors import FeedbackRow


def target_json(row: FeedbackRow) -> dict[str, Any]:
    """What a label is about."""
    return {
        "signalId": row.signal_id,
        "symbol": row.symbol,
        "timeframe": row.timeframe,
        "seq": row.seq,
        "ruleId": row.rule_id,
        "delivered": row.delivered,
        "sessionDate": row.session_date.isoformat(),
    }


def feedback_json(row: FeedbackRow) -> dict[str, Any]:
    """A label with what it is about."""
    return {
        **target_json(row),
        "id": str(row.id),
        "label": row.label,
        "notes": row.notes,
        "outcomeKnown": row.outcome_known,
        "marketTs": row.market_ts.isoformat(),
        "createdAt": row.created_at.isoformat(),
    }
