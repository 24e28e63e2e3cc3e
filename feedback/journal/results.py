"""What the journal tells the learning loop: the R of a linked trade, in place of the automatic one.

Rows are only ever appended, so that the evidence as of a past moment stays what it was.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from coach.signals.records import SignalRow
from feedback.events import ResultChange, results_changing, results_coming, results_saved
from feedback.models import Trade, TradeResult


def prepare(user_id: str, signals: Mapping[str, SignalRow], market_ts: datetime) -> None:
    """Call before the transaction: receivers read now what they will need inside it."""
    if signals:
        rule_ids = {signal.rule_id for signal in signals.values()}
        results_coming.send(
            sender=None, user_id=user_id, rule_ids=sorted(rule_ids), market_ts=market_ts
        )


def settle(user_id: str, signals: Mapping[str, SignalRow], market_ts: datetime) -> None:
    """Note what the trades, as they are now, say of these signals; in the caller's transaction and
    after their rows were written. What has not changed is not noted again."""
    if not signals:
        return
    linked = dict(
        Trade.objects.filter(
            user=user_id, signal__in=list(signals), deleted_at__isnull=True
        ).values_list("signal_id", "r")
    )
    last = {row.signal_id: row for row in current_results([user_id], signal_ids=list(signals))}
    changes, batch = [], secrets.token_hex(8)
    for signal_id, signal in sorted(signals.items()):
        before = last[signal_id].r if signal_id in last else None
        after = linked.get(signal_id)
        if before != after:
            changes.append(
                ResultChange(
                    batch=batch,
                    user_id=user_id,
                    signal_id=signal_id,
                    rule_id=signal.rule_id,
                    session_date=signal.session_date,
                    before=before,
                    after=after,
                    market_ts=market_ts,
                )
            )
    _append(changes, {signal_id: row.revision for signal_id, row in last.items()})


def _append(changes: Sequence[ResultChange], revisions: Mapping[str, int]) -> None:
    if not changes:
        return
    results_changing.send(sender=None, changes=changes)
    TradeResult.objects.bulk_create(
        TradeResult(
            user_id=change.user_id,
            signal_id=change.signal_id,
            rule_id=change.rule_id,
            session_date=change.session_date,
            r=change.after,
            revision=revisions.get(change.signal_id, 0) + 1,
            market_ts=change.market_ts,
        )
        for change in changes
    )
    transaction.on_commit(lambda: results_saved.send(sender=None, changes=changes))


def current_results(
    user_ids: Collection[str] | None,
    *,
    signal_ids: Collection[str] | None = None,
    as_of: datetime | None = None,
) -> QuerySet[TradeResult]:
    """The row that counts for each (user, signal): the last that had arrived by `as_of`. The last
    may say that the automatic outcome counts again; it is among them, its R None."""
    rows, later = TradeResult.objects.all(), TradeResult.objects.all()
    if user_ids is not None:
        rows = rows.filter(user__in=user_ids)
    if signal_ids is not None:
        rows = rows.filter(signal__in=signal_ids)
    if as_of is not None:
        rows, later = rows.filter(market_ts__lte=as_of), later.filter(market_ts__lte=as_of)
    newer = later.filter(
        user=OuterRef("user"), signal=OuterRef("signal"), revision__gt=OuterRef("revision")
    )
    return rows.filter(~Exists(newer))
