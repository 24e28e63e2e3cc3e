"""The work after a session date: figures, calibration, the score's history, slots.

Whoever is asked does it, a second one finds it claimed, and a worker that died is relieved when its
claim runs out. Every part bears repetition. After a downtime the next night covers what was missed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from feedback.services import prune_keys
from feedback.slots import close_expired_slots, open_missing_slots
from learning import ledger
from learning.aggregates import session_date_of
from learning.events import night_over
from learning.loop import current_views
from learning.models import Night, RuleMetricsDaily, ScoreEntry
from learning.payload import metrics_payload
from learning.rollup import DAYS, rollup
from learning.valuation import store_calibration

CLAIM: Final = timedelta(minutes=10)
# A client that has not repeated its request within a week will not.
KEY_LIFE: Final = timedelta(days=7)
STEPS: Final = 200

log = structlog.get_logger(__name__)


def run_due_night(*, market: datetime, wall: datetime) -> date | None:
    """Do the work after the last session date that is over, unless it is done or being done.

    `market` is the market's time now, `wall` the wall clock's. Returns the date that was worked on.
    """
    day = session_date_of(market) - timedelta(days=1)
    if not _claim(day, wall):
        return None
    log.info("night.begins", day=str(day))
    rows = rollup(days=_days_missed(day) + DAYS, as_of=market)
    store_calibration(day=day, as_of=market)
    record_day(market)
    open_missing_slots(as_of=market)
    close_expired_slots(as_of=market)
    prune_keys(before=wall - KEY_LIFE)
    night_over.send(sender=None, day=day, as_of=market)
    Night.objects.filter(day=day).update(finished_at=wall, rows=rows)
    log.info("night.done", day=str(day), rows=rows)
    return day


def _claim(day: date, wall: datetime) -> bool:
    """Whether this caller is the one to do it."""
    Night.objects.bulk_create([Night(day=day)], ignore_conflicts=True)
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=wall)
    waiting = Night.objects.filter(free, day=day, finished_at__isnull=True)
    return waiting.update(claimed_until=wall + CLAIM) == 1


def _days_missed(day: date) -> int:
    """Session dates since the last night that was finished, this one not counted."""
    done = Night.objects.filter(day__lt=day, finished_at__isnull=False).order_by("-day").first()
    return 0 if done is None else max(0, (day - done.day).days - 1)


def record_day(market: datetime) -> int:
    """Write into the score's history what the new session date did: evidence that left a window,
    and what the others' evidence changed. Where there is no history yet ("first") it begins with
    what everybody's evidence makes of the rule. Returns the number of steps."""
    today = str(session_date_of(market))
    scores = _last_scores()
    recent = RuleMetricsDaily.objects.filter(day__gt=session_date_of(market) - timedelta(days=DAYS))
    pairs = set(recent.values_list("user_id", "rule_id").distinct()) | {
        pair for pair, score in scores.items() if score != 0.0
    }
    done = ScoreEntry.objects.filter(cause="day", cause_id=today)
    pairs -= set(done.values_list("user_id", "rule_id"))
    views = current_views(pairs, now=market)
    steps = [
        ledger.Step(
            user_id=user_id,
            rule_id=rule_id,
            cause="day",
            cause_id=today,
            detail={"first": (user_id, rule_id) not in scores},
            before=scores.get((user_id, rule_id), 0.0),
            after=views[user_id, rule_id].score.score,
        )
        for user_id, rule_id in sorted(pairs)
    ]
    moved = [step for step in steps if step.before != step.after]
    for start in range(0, len(moved), STEPS):
        with transaction.atomic():
            for one in ledger.write_steps(moved[start : start + STEPS], at=market):
                metrics = metrics_payload(views[one.step.user_id, one.step.rule_id])
                ledger.announce_metrics(one.step.user_id, metrics, one.gates_after)
    return len(moved)


def _last_scores() -> dict[tuple[str, str], float]:
    """Where the history of each (user, rule) stands."""
    newer = ScoreEntry.objects.filter(
        user=OuterRef("user"), rule_id=OuterRef("rule_id"), pk__gt=OuterRef("pk")
    )
    rows = ScoreEntry.objects.filter(~Exists(newer)).values_list("user_id", "rule_id", "after")
    return {(user_id, rule_id): after for user_id, rule_id, after in rows}
