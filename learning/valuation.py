"""Nightly calibrations and the evidence for killing a rule, kept so that both can be read as of a
past moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from coach.market.selectors import market_now
from coach.prepared import Prepared
from coach.signals.valuing import matured_events
from learning.calibration import (
    REGIMES,
    WINDOW_DAYS,
    Calibration,
    CalibrationRow,
    CalibrationSample,
    Regime,
    fit_calibration,
)
from learning.killswitch import KillEntry, KillState, Status, step
from learning.locks import hold
from learning.models import CalibrationVersion, KillStep

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillEvent:
    """A matured market event that passed the expected value gate; `r` is not clipped."""

    rule_id: str
    symbol: str
    timeframe: str
    seq: int
    fired_at: datetime
    matured_at: datetime
    r: float

    @property
    def entry(self) -> KillEntry:
        """As the kill switch takes it."""
        return KillEntry(
            matured_ms=_ms(self.matured_at),
            fired_ms=_ms(self.fired_at),
            event=(self.symbol, self.timeframe, self.seq),
            r=self.r,
        )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def store_calibration(*, day: date, as_of: datetime) -> Calibration:
    """Fit the calibration on what had matured by `as_of` of the 60 days up to `day`, once a day.

    In force from `as_of` (market time) on. A day that has its calibration keeps it.
    """
    stored = CalibrationVersion.objects.filter(day=day).first()
    if stored is not None:
        return Calibration.from_json(stored.values)
    first_day = day - timedelta(days=int(WINDOW_DAYS) - 1)
    events = matured_events(first_day=first_day, last_day=day, as_of=as_of)
    sample = CalibrationSample.from_rows(
        CalibrationRow(
            confidence=event.confidence,
            rule_id=event.rule_id,
            regime=_regime(event.regime_trend),
            r=event.r,
            age_days=float((day - event.session_date).days),
        )
        for event in events
    )
    fitted = fit_calibration(sample)
    CalibrationVersion.objects.bulk_create(
        [
            CalibrationVersion(
                day=day, matured=fitted.matured, values=fitted.to_json(), market_ts=as_of
            )
        ],
        ignore_conflicts=True,
    )
    log.info("calibration.stored", day=str(day), matured=fitted.matured)
    return fitted


def _regime(trend: str) -> Regime:
    return trend if trend in REGIMES else "unknown"


def calibration_at(as_of: datetime) -> Calibration | None:
    """The calibration in force at a market time; None before the first."""
    return next((_stored(pk) for (pk,) in _last_version(as_of)), None)


_last_version = Prepared(
    lambda as_of: (
        CalibrationVersion.objects.filter(market_ts__lte=as_of)
        .order_by("-pk")
        .values_list("pk")[:1]
    )
)


def calibration_history(*, until: datetime) -> list[tuple[int, datetime, Calibration]]:
    """(order of writing, market time it came into force, calibration), those before a moment."""
    rows = CalibrationVersion.objects.filter(market_ts__lt=until).order_by("pk")
    return [(pk, at, _stored(pk)) for pk, at in rows.values_list("pk", "market_ts")]


@lru_cache(maxsize=64)
def _stored(pk: int) -> Calibration:
    """A version never changes."""
    return Calibration.from_json(CalibrationVersion.objects.get(pk=pk).values)


def add_kill_events(events: Sequence[KillEvent]) -> list[KillStep]:
    """Let matured events speak for or against their rules, each market event once.

    One that is told after a later one of its rule (its process died before it could) counts from
    the market's time now on: a past moment reads as it did.

    Returns the steps that changed a rule's status.
    """
    changed: list[KillStep] = []
    for rule_id in sorted({event.rule_id for event in events}):
        of_rule = [event for event in events if event.rule_id == rule_id]
        with transaction.atomic():
            hold(f"kill/{rule_id}")
            changed += _add(rule_id, of_rule)
    for one in changed:
        log.warning("rule.status", rule=one.rule_id, status=one.status, evidence=one.against)
    return changed


def _add(rule_id: str, events: Sequence[KillEvent]) -> list[KillStep]:
    known = set(
        KillStep.objects.filter(
            rule_id=rule_id, seq__in={event.seq for event in events}
        ).values_list("symbol", "timeframe", "seq")
    )
    last = KillStep.objects.filter(rule_id=rule_id).order_by("-pk").first()
    state = KillState() if last is None else _state(last)
    told_until = None if last is None else last.market_ts
    steps: list[KillStep] = []
    changed: list[KillStep] = []
    for event in sorted(events, key=lambda one: one.entry):
        if event.entry.event in known:
            continue
        known.add(event.entry.event)
        counts_at = event.matured_at
        if told_until is not None and counts_at < told_until:
            counts_at = max(counts_at, market_now())
        before = state
        state = step(state, replace(event.entry, matured_ms=_ms(counts_at)))
        steps.append(_step(event, state, counts_at))
        if state.status != before.status:
            changed.append(steps[-1])
    KillStep.objects.bulk_create(steps)
    return changed


def _state(row: KillStep) -> KillState:
    return KillState(
        status=cast("Status", row.status),
        against=row.against,
        back=row.back,
        killed_ms=row.killed_ms,
        revived_ms=row.revived_ms,
    )


def _step(event: KillEvent, state: KillState, counts_at: datetime) -> KillStep:
    return KillStep(
        rule_id=event.rule_id,
        symbol=event.symbol,
        timeframe=event.timeframe,
        seq=event.seq,
        r=event.r,
        status=state.status,
        against=state.against,
        back=state.back,
        killed_ms=state.killed_ms,
        revived_ms=state.revived_ms,
        market_ts=counts_at,
    )


def killed_rules(as_of: datetime) -> Mapping[str, str]:
    """The rules that are killed at a market time, each with its evidence in words."""
    killed = [pk for (pk,) in _killed(as_of, as_of)]
    rows = KillStep.objects.filter(pk__in=killed) if killed else ()
    return {row.rule_id: _state(row).sentence for row in rows}


def _last_killing(as_of: datetime, by_then: datetime) -> QuerySet[KillStep, tuple[Any, ...]]:
    newer = KillStep.objects.filter(
        rule_id=OuterRef("rule_id"), market_ts__lte=by_then, pk__gt=OuterRef("pk")
    )
    rows = KillStep.objects.filter(~Exists(newer), status="killed", market_ts__lte=as_of)
    return rows.values_list("pk")


_killed = Prepared(_last_killing)


def kill_state(rule_id: str, *, as_of: datetime) -> KillState:
    """The evidence about one rule at a market time."""
    rows = KillStep.objects.filter(rule_id=rule_id, market_ts__lte=as_of)
    last = rows.order_by("-pk").first()
    return KillState() if last is None else _state(last)


def kill_history(rule_id: str, *, until: datetime) -> list[tuple[int, datetime, str | None]]:
    """(order of writing, market time, the evidence in words while it is killed, else None) after
    each step of a rule before a moment."""
    rows = KillStep.objects.filter(rule_id=rule_id, market_ts__lt=until).order_by("pk")
    return [
        (row.pk, row.market_ts, _state(row).sentence if _state(row).killed else None)
        for row in rows
    ]
