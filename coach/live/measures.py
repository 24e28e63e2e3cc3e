"""What the live loop tells the operator, and each alert of its own making."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from coach.live.moment import Moment, Part
from coach.market.feed import FeedBar, FeedBatch
from coach.signals.records import FiredSignal, NewDecision
from observability import metrics

log = structlog.get_logger(__name__)


def evaluated(batch: FeedBatch, took_ms: float) -> None:
    """Count a batch's minute bars and time them."""
    bars = sum(bar.timeframe != "1s" for bar in batch.bars)
    if bars:
        metrics.feed_bars_total.labels("1m").inc(bars)
        metrics.evaluator_bar_ms.observe(took_ms / bars)


def late_bar(bar: FeedBar, last_ts: int) -> None:
    """A bar came that is not newer than the last: it is kept, but no rule sees it."""
    reason = "duplicate" if bar.ts == last_ts else "late"
    metrics.feed_errors_total.labels(reason).inc()
    log.info("bar_not_evaluated", reason=reason, symbol=bar.symbol, ts=bar.ts, last_ts=last_ts)


def stages(moment: Moment, *, governor_ms: float) -> dict[str, float]:
    """Milliseconds by stage, for the alerts of a moment: from receipt to decided."""
    received = min((bar.received_ms for bar in moment.received), default=None)
    waited = 0.0
    if received is not None:
        now = time.time() * 1000
        waited = max(0.0, now - received - moment.evaluator_ms - governor_ms)
    return {
        "feed": round(waited, 3),
        "evaluator": round(moment.evaluator_ms, 3),
        "governor": round(governor_ms, 3),
    }


def written(part: Part, now_ms: float) -> None:
    """Time the way from the feed into the database."""
    if part.received:
        metrics.ingest_to_commit_ms.observe(max(0.0, now_ms - part.received[-1].received_ms))


def committed(
    moments: Sequence[Moment], signals: Sequence[FiredSignal], decisions: Sequence[NewDecision]
) -> None:
    """Count what was committed, and how long the newest bars took to get there."""
    for signal in signals:
        metrics.signals_fired_total.labels(signal.rule_id).inc()
    for decision in decisions:
        rule = decision.signal.rule_id
        if decision.delivered:
            metrics.alerts_delivered_total.labels(rule).inc()
        else:
            metrics.alerts_suppressed_total.labels(rule, decision.reason_code).inc()
    if moments[-1].received:
        waited = time.time() * 1000 - max(bar.received_ms for bar in moments[-1].received)
        metrics.ingest_to_publish_ms.observe(max(0.0, waited))
