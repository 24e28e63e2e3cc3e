"""Reads of this room: signals, decisions, who watches what, what waits to be announced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import QuerySet

from coach.prepared import Prepared
from coach.signals.models import Decision, Outbox, RuleSetting, Signal, Watchlist
from coach.signals.records import (
    Announcement,
    DecisionRow,
    DeliveredAlertRow,
    OutcomeFacts,
    RuleChoice,
    SignalKey,
    SignalRow,
)


def find_signal_ids(keys: Collection[SignalKey]) -> dict[SignalKey, str]:
    """The ids of those signals that are recorded, by key."""
    if not keys:
        return {}
    found = _signal_ids(
        {key.symbol for key in keys}, {key.timeframe for key in keys}, {key.seq for key in keys}
    )
    rows = {SignalKey(*row[:5]): row[5] for row in found}
    return {key: rows[key] for key in keys if key in rows}


_signal_ids = Prepared(
    lambda symbols, timeframes, seqs: Signal.objects.filter(
        symbol__in=symbols, timeframe__in=timeframes, seq__in=seqs
    ).values_list("symbol", "timeframe", "seq", "rule_id", "rule_version", "pk")
)


def signal_row(signal: Signal) -> SignalRow:
    """The record of a signal's model."""
    return SignalRow(
        id=signal.pk,
        symbol=signal.symbol,
        timeframe=signal.timeframe,
        seq=signal.seq,
        ts=signal.ts,
        session_date=signal.session_date,
        rule_id=signal.rule_id,
        rule_version=signal.rule_version,
        direction=signal.direction,
        confidence=signal.confidence,
        price=signal.price,
        level=signal.level,
        atr=signal.atr,
        regime_trend=signal.regime_trend,
        regime_volatility=signal.regime_volatility,
        warm=signal.warm,
        origin=signal.origin,
        features=signal.features,
        engine_version=signal.engine_version,
        fired_at=signal.fired_at,
        entry=signal.entry,
        outcome=_outcome(signal),
        revision_verdict=signal.revision_verdict,
    )


def _outcome(signal: Signal) -> OutcomeFacts:
    return OutcomeFacts(
        state=signal.outcome_state,
        r=signal.outcome_r,
        exit=signal.outcome_exit,
        hold_bars=signal.outcome_hold_bars,
        mfe=signal.outcome_mfe,
        mae=signal.outcome_mae,
        ambiguous=signal.outcome_ambiguous,
        verdict=signal.outcome_verdict,
        known_at=signal.outcome_known_at,
        matured_at=signal.matured_at,
    )


def decision_row(decision: Decision) -> DecisionRow:
    """The record of a decision's model; load it with its signal."""
    return DecisionRow(
        id=decision.pk,
        user_id=decision.user_id,
        n=decision.n,
        delivered=decision.delivered,
        reason_code=decision.reason_code,
        reason=decision.reason,
        numbers=decision.numbers,
        until=decision.until,
        governor=decision.governor,
        mode=decision.mode,
        shadow=decision.shadow,
        latency=decision.latency,
        decided_at=decision.decided_at,
        signal=signal_row(decision.signal),
    )


def get_signals(signal_ids: Collection[str]) -> dict[str, SignalRow]:
    """Signals by id; unknown ids are absent."""
    found = Signal.objects.filter(pk__in=signal_ids).defer("tape")
    return {signal.pk: signal_row(signal) for signal in found}


def get_signal(key: SignalKey) -> SignalRow | None:
    """The signal of this key."""
    return next(iter(get_signals(find_signal_ids({key}).values()).values()), None)


def find_signal(*, symbol: str, timeframe: str, seq: int, rule_id: str) -> SignalRow | None:
    """The signal of a rule on a bar, in its newest version."""
    found = (
        Signal.objects.filter(symbol=symbol, timeframe=timeframe, seq=seq, rule_id=rule_id)
        .defer("tape")
        .order_by("-rule_version")
        .first()
    )
    return None if found is None else signal_row(found)


def signals_between(*, symbol: str, timeframe: str, start_ms: int, end_ms: int) -> list[SignalRow]:
    """Signals whose bar opens in [start_ms, end_ms), in order of time and rule."""
    found = Signal.objects.filter(
        symbol=symbol, timeframe=timeframe, ts__gte=start_ms, ts__lt=end_ms
    ).defer("tape")
    return [signal_row(signal) for signal in found.order_by("ts", "rule_id")]


def unmatured_signals(symbols: Collection[str], timeframe: str) -> list[SignalRow]:
    """Signals whose horizon has not passed yet, in order of time."""
    found = Signal.objects.filter(
        symbol__in=symbols, timeframe=timeframe, matured_at__isnull=True
    ).defer("tape")
    return [signal_row(signal) for signal in found.order_by("ts", "symbol", "rule_id")]


def get_tape(signal_id: str) -> bytes | None:
    """The packed microbars up to the trigger, or None where none were received."""
    tape = Signal.objects.filter(pk=signal_id).values_list("tape", flat=True).first()
    return None if tape is None else bytes(tape)


def decisions_of(
    user_id: str,
    *,
    symbol: str | None = None,
    rule_id: str | None = None,
    delivered: bool | None = None,
    before: int | None = None,
    after_n: int | None = None,
) -> QuerySet[Decision]:
    """A user's decisions with their signals, newest first; turn a page into rows by
    `decision_row`. `before` and `after_n` bound the number `n`, both exclusive."""
    wanted = {
        "signal__symbol": symbol,
        "signal__rule_id": rule_id,
        "delivered": delivered,
        "n__lt": before,
        "n__gt": after_n,
    }
    filters = {name: value for name, value in wanted.items() if value is not None}
    return (
        Decision.objects.filter(user_id=user_id, **filters)
        .select_related("signal")
        .defer("signal__tape")
        .order_by("-n")
    )


def get_decision(user_id: str, decision_id: str) -> DecisionRow | None:
    """One decision, if it is this user's."""
    found = decisions_of(user_id).filter(pk=decision_id).first()
    return None if found is None else decision_row(found)


def get_decisions(decision_ids: Collection[str]) -> dict[str, DecisionRow]:
    """Decisions of any user by id; unknown ids are absent."""
    found: dict[str, DecisionRow] = {}
    for values in _decisions_by_id(decision_ids):
        decision = Decision.from_db(connection.alias, _DECISION, values[: len(_DECISION)])
        decision.signal = Signal.from_db(connection.alias, _SIGNAL, values[len(_DECISION) :])
        found[decision.pk] = decision_row(decision)
    return found


_DECISION = tuple(field.attname for field in Decision._meta.concrete_fields)
_SIGNAL = tuple(field.attname for field in Signal._meta.concrete_fields if field.name != "tape")
# The relay asks at every alert.
_decisions_by_id = Prepared(
    lambda ids: Decision.objects.filter(pk__in=ids).values_list(
        *_DECISION, *(f"signal__{name}" for name in _SIGNAL)
    )
)


class DecidedSignal(NamedTuple):
    """A signal that was decided for a user, as far as a label of it needs to know."""

    user_id: str
    signal_id: str
    symbol: str
    timeframe: str
    seq: int
    rule_id: str
    session_date: date
    delivered: bool
    outcome_known_at: datetime | None


_SIGNAL_COLUMNS = ("symbol", "timeframe", "seq", "rule_id", "session_date")


def decision_about(user_id: str, signal_id: str) -> DecisionRow | None:
    """What was decided for this user about this signal."""
    found = decisions_of(user_id).filter(signal=signal_id).first()
    return None if found is None else decision_row(found)


def decided_signal(user_id: str, signal_id: str) -> DecidedSignal | None:
    """The same, as far as a label needs it."""
    return next((DecidedSignal(*row) for row in _decided(user_id, signal_id)), None)


_decided = Prepared(
    lambda user_id, signal_id: Decision.objects.filter(user=user_id, signal=signal_id).values_list(
        "user_id",
        "signal_id",
        *(f"signal__{name}" for name in _SIGNAL_COLUMNS),
        "delivered",
        "signal__outcome_known_at",
    )
)


def decisions_between(
    user_ids: Collection[str],
    *,
    since: datetime,
    until: datetime,
    delivered: bool | None = None,
) -> list[DecisionRow]:
    """Decisions made in (since, until], market time, oldest first: the history the gates read."""
    found = (
        Decision.objects.filter(user__in=user_ids, decided_at__gt=since, decided_at__lte=until)
        .select_related("signal")
        .defer("signal__tape")
        .order_by("decided_at", "user_id", "n")
    )
    if delivered is not None:
        found = found.filter(delivered=delivered)
    return [decision_row(decision) for decision in found]


def last_n(user_id: str) -> int:
    """The number of the user's newest decision, 0 before the first."""
    newest = Decision.objects.filter(user=user_id).order_by("-n").values_list("n", flat=True)
    return newest.first() or 0


def watchlist_of(user_id: str) -> list[str] | None:
    """The symbols a user chose, or None when he never chose: then he watches every symbol."""
    return Watchlist.objects.filter(user=user_id).values_list("symbols", flat=True).first()


def watchers_of(symbols: Iterable[str]) -> dict[str, list[str]]:
    """The active users who watch each symbol, in order of id."""
    chosen = dict(_watchlists())
    sets = {
        pk: None if chosen.get(pk) is None else frozenset(chosen[pk]) for (pk,) in _active_users()
    }
    return {
        symbol: [pk for pk, watched in sets.items() if watched is None or symbol in watched]
        for symbol in symbols
    }


_watchlists = Prepared(lambda: Watchlist.objects.values_list("user_id", "symbols"))
_active_users = Prepared(
    lambda: get_user_model().objects.filter(is_active=True).order_by("pk").values_list("pk")
)


def rule_choices(user_ids: Collection[str]) -> Mapping[tuple[str, str], RuleChoice]:
    """The users' settings by (user, rule); a rule without one is on."""
    return {
        (user_id, rule_id): RuleChoice(mode=mode, muted_until=muted_until)
        for user_id, rule_id, mode, muted_until in _choices(user_ids)
    }


_choices = Prepared(
    lambda user_ids: RuleSetting.objects.filter(user__in=user_ids).values_list(
        "user_id", "rule_id", "mode", "muted_until"
    )
)


def delivered_since(user_ids: Collection[str], since: datetime) -> list[DeliveredAlertRow]:
    """The alerts that went to these users, recorded from a wall time on; silent rules left out."""
    rows = Decision.objects.filter(
        user__in=user_ids, delivered=True, mode=RuleSetting.Mode.ON, created_at__gte=since
    ).order_by("pk")
    names = ("pk", "user_id", "signal__rule_id", "signal__confidence", "created_at")
    return [
        DeliveredAlertRow(id=pk, user_id=user, rule_id=rule, confidence=sure, created_at=created)
        for pk, user, rule, sure, created in rows.values_list(*names)
    ]


def waiting_announcements(limit: int = 500) -> list[Announcement]:
    """Committed outbox rows that are not published yet, oldest first."""
    return [
        Announcement(
            id=row_id,
            name=f"{row_id}@{created_at.timestamp():.6f}",
            kind=kind,
            user_id=user_id,
            payload=payload,
        )
        for row_id, created_at, kind, user_id, payload in _waiting(limit)()
    ]


def count_waiting() -> int:
    """How many committed outbox rows are not published yet."""
    return Outbox.objects.filter(published_at__isnull=True).count()


@cache
def _waiting(limit: int) -> Prepared:
    waiting = Outbox.objects.filter(published_at__isnull=True).order_by("pk")
    columns = waiting.values_list("pk", "created_at", "kind", "user_id", "payload")
    return Prepared(lambda: columns[:limit])


def signals_of_decisions(decision_ids: Collection[str]) -> list[str]:
    """The signals of these decisions, each once."""
    found = Decision.objects.filter(pk__in=decision_ids).order_by("signal_id")
    return list(found.values_list("signal_id", flat=True).distinct())


def decided_sessions(user_id: str) -> set[date]:
    """The session dates on which a user has decisions."""
    found = Decision.objects.filter(user=user_id).values_list("signal__session_date", flat=True)
    return set(found.distinct())
