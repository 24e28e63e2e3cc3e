"""Writes of this room: signals with their decisions, outcomes, watchlists, rule settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.dispatch import Signal as Event
from django.utils import timezone

from coach.durability import may_be_lost
from coach.prepared import Prepared, PreparedInsert, PreparedUpdate
from coach.signals.events import outbox_committed, outcome_maturing, signal_new
from coach.signals.models import (
    Decision,
    DecisionCounter,
    Outbox,
    RuleSetting,
    Signal,
    UntoldOutcome,
    Watchlist,
    new_id,
)
from coach.signals.outcomes import apply_outcome, is_forward, lock_outcomes, write_outcomes
from coach.signals.records import FiredSignal, NewDecision, OutcomeUpdate, Recorded, SignalKey
from coach.signals.selectors import find_signal_ids
from coach.signals.telling import tell_outcomes

PRUNED_AT_ONCE = 1_000
ALERT, SUPPRESSED, OUTCOME = "alert", "suppressed", "outcome"
NO_OUTCOMES: Mapping[SignalKey, OutcomeUpdate] = {}
ABOUT_DECISIONS = frozenset({ALERT, SUPPRESSED, OUTCOME})
"""Kinds whose payload is `{"decisionId": ...}`; the relay makes the alert's JSON from it."""


def record_moment(
    *,
    fired: Sequence[FiredSignal],
    decisions: Sequence[NewDecision],
    latency: Mapping[str, float] | None = None,
) -> Recorded:
    """Record what fired at one moment and what was decided about it, in the caller's transaction.

    Each user's decisions are numbered on from his last, without a hole, in the order given. What is
    recorded already stays as it is and is not announced again. `latency` is kept with each new
    decision: milliseconds by stage.

    Raises:
        TransactionManagementError: outside a transaction.
        KeyError: a decision about a signal that is neither in `fired` nor recorded.
    """
    _demand_transaction()
    ids, new_ids = _insert_signals(fired, also={decision.signal for decision in decisions})
    created = _insert_decisions(decisions, ids, frozenset(new_ids), dict(latency or {}))
    _write_outbox(
        Outbox(
            kind=ALERT if decision.delivered else SUPPRESSED,
            user_id=decision.user_id,
            payload={"decisionId": decision.pk},
        )
        for decision in created
    )
    if new_ids:
        _on_commit(signal_new, signal_ids=list(new_ids))
    return Recorded(
        signal_ids=ids,
        new_signal_ids=tuple(new_ids),
        new_decision_ids=tuple(decision.pk for decision in created),
    )


def record_history(
    *,
    fired: Sequence[FiredSignal],
    decisions: Sequence[NewDecision],
    outcomes: Mapping[SignalKey, OutcomeUpdate],
) -> Recorded:
    """Record a stretch of the past whole, in the caller's transaction: nobody is told of it.

    `outcomes` (their `signal_id` does not count) are the last word on each new signal.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    _demand_transaction()
    ids, new_ids = _insert_signals(
        fired, also={decision.signal for decision in decisions}, outcomes=outcomes
    )
    created = _insert_decisions(decisions, ids, frozenset(new_ids), {})
    return Recorded(
        signal_ids=ids,
        new_signal_ids=tuple(new_ids),
        new_decision_ids=tuple(decision.pk for decision in created),
    )


def _insert_signals(
    fired: Sequence[FiredSignal],
    *,
    also: set[SignalKey],
    outcomes: Mapping[SignalKey, OutcomeUpdate] = NO_OUTCOMES,
) -> tuple[dict[SignalKey, str], list[str]]:
    """Insert the signals that are new; the ids of all, and of the new ones."""
    rows = [Signal(id=new_id(), **_columns(signal)) for signal in fired]
    for signal, row in zip(fired, rows, strict=True):
        if signal.key in outcomes:
            apply_outcome(row, outcomes[signal.key])
    _insert_new_signals(rows)
    inserted = {pk for (pk,) in _there([row.pk for row in rows])}
    ids = {
        signal.key: row.pk for signal, row in zip(fired, rows, strict=True) if row.pk in inserted
    }
    missing = ({signal.key for signal in fired} | also) - ids.keys()
    ids |= find_signal_ids(missing)
    return ids, [row.pk for row in rows if row.pk in inserted]


_insert_new_signals = PreparedInsert(Signal, ignore_conflicts=True)
_insert_into_decisions = PreparedInsert(Decision)
_insert_into_outbox = PreparedInsert(Outbox)
_there = Prepared(lambda ids: Signal.objects.filter(pk__in=ids).values_list("pk"))


def _columns(signal: FiredSignal) -> dict[str, Any]:
    names = FiredSignal.__dataclass_fields__
    columns = {name: getattr(signal, name) for name in names}
    return columns | {"features": dict(signal.features)}


def _insert_decisions(
    decisions: Sequence[NewDecision],
    ids: Mapping[SignalKey, str],
    new_ids: frozenset[str],
    latency: dict[str, float],
) -> list[Decision]:
    """Number and insert the decisions that are new. The counters' rows are locked until commit."""
    if not decisions:
        return []
    counters = _lock_counters({decision.user_id for decision in decisions})
    old = {ids[decision.signal] for decision in decisions} - new_ids
    made = set(_decided(old))
    rows = []
    for decision in decisions:
        pair = (decision.user_id, ids[decision.signal])
        if pair in made:
            continue
        made.add(pair)
        counter = counters[decision.user_id]
        counter.last_n += 1
        rows.append(_decision(decision, signal_id=pair[1], n=counter.last_n, latency=latency))
    _insert_into_decisions(rows)
    for user_id in {row.user_id for row in rows}:
        _count_to(user_id, counters[user_id].last_n)
    return rows


_decided = Prepared(
    lambda signal_ids: Decision.objects.filter(signal__in=signal_ids).values_list(
        "user_id", "signal_id"
    )
)
_count_to = PreparedUpdate(
    lambda user_id, last_n: (DecisionCounter.objects.filter(pk=user_id), {"last_n": last_n})
)


def _lock_counters(user_ids: set[str]) -> dict[str, DecisionCounter]:
    """The users' counters, locked in one order so that two shards cannot wait for each other."""
    locked = DecisionCounter.objects.select_for_update().filter(pk__in=user_ids).order_by("pk")
    counters = {counter.user_id: counter for counter in locked}
    if len(counters) < len(user_ids):
        DecisionCounter.objects.bulk_create(
            [DecisionCounter(user_id=user_id) for user_id in sorted(user_ids - counters.keys())],
            ignore_conflicts=True,
        )
        counters = {counter.user_id: counter for counter in locked.all()}
    return counters


def _decision(
    decision: NewDecision, *, signal_id: str, n: int, latency: dict[str, float]
) -> Decision:
    return Decision(
        user_id=decision.user_id,
        signal_id=signal_id,
        n=n,
        delivered=decision.delivered,
        reason_code=decision.reason_code,
        reason=decision.reason,
        numbers=dict(decision.numbers),
        until=decision.until,
        governor=decision.governor,
        mode=decision.mode,
        shadow=None if decision.shadow is None else dict(decision.shadow),
        latency=latency,
        decided_at=decision.decided_at,
    )


def announce(kind: str, *, user_id: str | None, payload: Mapping[str, Any]) -> None:
    """Write an event into the outbox, in the caller's transaction; the relay publishes it after
    the commit. Without a user it is for everybody. `payload` must be JSON as the client reads it.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    _demand_transaction()
    _write_outbox([Outbox(kind=kind, user_id=user_id, payload=dict(payload))])


def _demand_transaction() -> None:
    """An event without what it announces, or the other way round, is worse than neither."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("record and announce inside transaction.atomic()")


def _write_outbox(rows: Iterable[Outbox]) -> None:
    new = list(rows)
    _insert_into_outbox(new)
    if new:
        _wake_relay()


def _wake_relay() -> None:
    """Once for all that a transaction announces."""
    hooks = transaction.get_connection().run_on_commit
    if not any(hook[1] is _outbox_is_committed for hook in hooks):
        transaction.on_commit(_outbox_is_committed, robust=True)


def _outbox_is_committed() -> None:
    outbox_committed.send_robust(sender=None)


def _on_commit(event: Event, **arguments: object) -> None:
    """Send an event once the transaction is through. What a subscriber fails at is logged and is
    its own: what was committed stays, and the other subscribers hear of it."""
    transaction.on_commit(lambda: event.send_robust(sender=None, **arguments), robust=True)


def withhold_announcements() -> int:
    """Let nobody hear of what waits in the outbox: it is history, recorded in this transaction.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    _demand_transaction()
    return Outbox.objects.filter(published_at__isnull=True).update(published_at=timezone.now())


def mark_published(ids: Sequence[int]) -> None:
    """Note that the relay has published these outbox rows. A note that is lost with the power costs
    nothing: the ring takes a row once."""
    # After every commit: by hand, because the ORM takes ten times as long to write this down.
    sql = f"""
        UPDATE signals_outbox SET published_at = %s
        WHERE published_at IS NULL AND id IN ({", ".join(["%s"] * len(ids))})
    """  # noqa: S608 - made of constants
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with may_be_lost(), connection.cursor() as cursor:
        cursor.execute(sql, [now, *ids])


def prune_outbox(*, before: datetime) -> int:
    """Delete the rows published before a wall time, a few at a time: nobody waits long for the
    lock. What still waits stays, however old. The number deleted."""
    total = 0
    while True:
        old = Outbox.objects.filter(published_at__lt=before).order_by("pk")[:PRUNED_AT_ONCE]
        deleted, _ = Outbox.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
        total += deleted
        if deleted < PRUNED_AT_ONCE:
            return total


def save_outcomes(*, updates: Sequence[OutcomeUpdate]) -> list[str]:
    """Store what became known of outcomes, in the caller's transaction; the ids that changed.

    An outcome only ever goes forward: what a restarted replay sees again changes nothing, and when
    an exit was first seen stays. Everybody with a decision about a changed signal is told by an
    `outcome` event, unless only the horizon has passed, which shows nowhere on an alert. What has
    matured is told to the other rooms after the commit, if need be by a later process.
    """
    if not updates:
        return []
    rows = lock_outcomes([update.signal_id for update in updates])
    changed: list[Signal] = []
    visible: list[str] = []
    for update in updates:
        row = rows[update.signal_id]
        columns = apply_outcome(row, update) if is_forward(row, update) else set()
        if columns:
            changed.append(row)
        if columns - {"matured_at"}:
            visible.append(row.pk)
    write_outcomes(changed)
    _announce_outcomes(visible)
    _note_matured([row.pk for row in changed if row.matured_at is not None])
    return [row.pk for row in changed]


def _note_matured(signal_ids: list[str]) -> None:
    """What changed and is matured now was not before: an outcome matures once."""
    if signal_ids:
        UntoldOutcome.objects.bulk_create(UntoldOutcome(signal_id=pk) for pk in signal_ids)
        outcome_maturing.send(sender=None, signal_ids=signal_ids)
        transaction.on_commit(lambda: tell_outcomes(signal_ids), robust=True)


def _announce_outcomes(signal_ids: Sequence[str]) -> None:
    if not signal_ids:
        return
    _write_outbox(
        Outbox(kind=OUTCOME, user_id=user_id, payload={"decisionId": pk})
        for pk, user_id in _decisions_about(signal_ids)
    )


_decisions_about = Prepared(
    lambda signal_ids: (
        Decision.objects.filter(signal__in=signal_ids)
        .order_by("user_id", "n")
        .values_list("pk", "user_id")
    )
)


def save_revision_verdicts(*, verdicts: Mapping[str, str | None]) -> list[str]:
    """Say of signals whether they would fire on the corrected bars too: `would_fire`, `would_not`,
    or None where nothing changed. In the caller's transaction; returns the ids that changed.

    Everybody with a decision about a changed signal is told by an `outcome` event.
    """
    _demand_transaction()
    rows = Signal.objects.only("revision_verdict").in_bulk(list(verdicts))
    changed = [row for row in rows.values() if row.revision_verdict != verdicts[row.pk]]
    for row in changed:
        row.revision_verdict = verdicts[row.pk]
    Signal.objects.bulk_update(changed, ["revision_verdict"], batch_size=200)
    ids = sorted(row.pk for row in changed)
    _announce_outcomes(ids)
    return ids


def set_watchlist(*, user_id: str, symbols: Sequence[str]) -> list[str]:
    """Replace the symbols a user watches; the list as stored, each symbol once, in his order."""
    kept = list(dict.fromkeys(symbols))
    Watchlist.objects.update_or_create(user_id=user_id, defaults={"symbols": kept})
    return kept


def set_rule_setting(
    *, user_id: str, rule_id: str, mode: str, muted_until: datetime | None = None
) -> None:
    """Set a rule to on, silent or off for a user, and mute it until a market time."""
    RuleSetting.objects.update_or_create(
        user_id=user_id, rule_id=rule_id, defaults={"mode": mode, "muted_until": muted_until}
    )
