"""Reads of this room: each user's limits, locks and history, as the gates need them at a moment.

Everything is asked once for all users of a moment: the number of queries does not grow with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol

from django.db.models import Q

from coach.flags.services import active_users
from coach.prepared import Prepared
from coach.signals.history import DeliveredAlert, alert_results, alerts_since, count_alerts
from coach.signals.records import RuleChoice
from coach.signals.selectors import rule_choices
from feedback.journal.selectors import taken_outcomes
from risk.governor import Gates, gates
from risk.models import Lock, Policy
from risk.policy import BOUNDS, RiskPolicy
from risk.state import Losses, ManualLock

V2_FLAG: Final = "enableRiskGovernorV2"
# A score of -1 doubles a cooldown, no score does more.
MAX_MULTIPLIER: Final = 2
# Older alerts gate nothing, whatever the policy: no cooldown is longer.
HISTORY: Final = timedelta(seconds=MAX_MULTIPLIER * BOUNDS["cooldown_seconds"].high)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRow:
    """A manual lock. Times are market time; `until` None means until it is taken off."""

    reason: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFacts:
    """What the gates know of one user at one moment.

    `alerts` those that a cooldown or the hour may still count, oldest first; `sent` the number of
    alerts by session date, where a budget asks for it.
    """

    policy: RiskPolicy
    lock: LockRow | None
    choices: Mapping[str, RuleChoice]
    alerts: Sequence[DeliveredAlert]
    losses: Mapping[date, Losses]
    v2: bool
    sent: Mapping[date, int] = field(default_factory=dict)

    @property
    def manual_lock(self) -> ManualLock | None:
        """The lock as the governor takes it."""
        if self.lock is None:
            return None
        return ManualLock(None if self.lock.until is None else to_ms(self.lock.until))


def to_ms(moment: datetime) -> int:
    """Epoch ms of an aware datetime."""
    return round(moment.timestamp() * 1000)


def iso_ms(at_ms: int | None) -> str | None:
    """Epoch ms as ISO 8601 in UTC."""
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def policy_of(user_id: str, *, as_of: datetime) -> RiskPolicy:
    """A user's policy at a market time; the defaults before he chose."""
    return policies_of([user_id], as_of=as_of)[user_id]


def policies_of(user_ids: Collection[str], *, as_of: datetime) -> dict[str, RiskPolicy]:
    """Each user's policy at a market time: of those chosen by then, the one written last."""
    values: dict[str, dict[str, Any]] = dict(_policies(user_ids, as_of))
    return {user_id: RiskPolicy(**values.get(user_id, {})) for user_id in user_ids}


_policies = Prepared(
    lambda user_ids, as_of: (
        Policy.objects.filter(user__in=user_ids, market_ts__lte=as_of)
        .order_by("pk")
        .values_list("user_id", "values")
    )
)


def users_with_policy() -> list[str]:
    """The users who ever chose limits of their own."""
    return list(Policy.objects.order_by("user_id").values_list("user_id", flat=True).distinct())


def locks_of(user_ids: Collection[str], *, as_of: datetime) -> dict[str, LockRow]:
    """The manual lock of each user who has one at a market time; the one that holds longest."""
    held: dict[str, LockRow] = {}
    for user_id, reason, since, until in _locks(user_ids, as_of, as_of, as_of):
        lock = LockRow(reason=reason, since=since, until=until)
        before = held.get(user_id)
        if before is None or _outlasts(lock, before):
            held[user_id] = lock
    return held


_locks = Prepared(
    lambda user_ids, since, until, released: (
        Lock.objects.filter(user__in=user_ids, since__lte=since)
        .filter(Q(until__isnull=True) | Q(until__gt=until))
        .filter(Q(released_at__isnull=True) | Q(released_at__gt=released))
        .order_by("pk")
        .values_list("user_id", "reason", "since", "until")
    )
)


def _outlasts(lock: LockRow, other: LockRow) -> bool:
    if other.until is None:
        return False
    return lock.until is None or lock.until >= other.until


def gates_at(scores: Sequence[tuple[str, float]], at: datetime) -> list[dict[str, float]]:
    """The gates that follow from each (user, score) at a market time, as the API shows them."""
    policies = policies_of({user_id for user_id, _ in scores}, as_of=at)
    return [gates_payload(gates(policies[user_id], score)) for user_id, score in scores]


def gates_payload(moved: Gates) -> dict[str, float]:
    """`{minConfidence, cooldownSeconds}`."""
    return {
        "minConfidence": moved.min_confidence,
        "cooldownSeconds": moved.cooldown_seconds,
    }


def facts_of(
    user_ids: Collection[str],
    *,
    session_dates: Collection[date],
    as_of: datetime,
    flags_as_of: datetime | None = None,
) -> dict[str, UserFacts]:
    """What the gates know of each user at a market time; flags as they stand unless said."""
    policies = policies_of(user_ids, as_of=as_of)
    locks = locks_of(user_ids, as_of=as_of)
    v2 = active_users(V2_FLAG, user_ids, as_of=flags_as_of)
    choices: dict[str, dict[str, RuleChoice]] = defaultdict(dict)
    for (user_id, rule_id), choice in rule_choices(user_ids).items():
        choices[user_id][rule_id] = choice
    alerts: dict[str, list[DeliveredAlert]] = defaultdict(list)
    for alert in alerts_since(user_ids, since=as_of - _looked_back(policies), until=as_of):
        alerts[alert.user_id].append(alert)
    sent = _sent(policies, session_dates, as_of)
    losses = _losses(policies, session_dates, as_of)
    return {
        user_id: UserFacts(
            policy=policies[user_id],
            lock=locks.get(user_id),
            choices=choices[user_id],
            alerts=alerts[user_id],
            losses=losses[user_id],
            v2=user_id in v2,
            sent=sent[user_id],
        )
        for user_id in user_ids
    }


def _looked_back(policies: Mapping[str, RiskPolicy]) -> timedelta:
    """As far as the longest cooldown or the hour reaches: minutes, not the day."""
    longest = max((policy.cooldown_seconds for policy in policies.values()), default=0)
    return max(timedelta(hours=1), timedelta(seconds=MAX_MULTIPLIER * longest))


def _sent(
    policies: Mapping[str, RiskPolicy], session_dates: Collection[date], as_of: datetime
) -> Mapping[str, Mapping[date, int]]:
    """The alerts of each session for those who have a budget."""
    sent: dict[str, dict[date, int]] = defaultdict(dict)
    budgets = [user for user, one in policies.items() if one.daily_alert_budget is not None]
    if budgets:
        counted = count_alerts(budgets, session_dates=session_dates, until=as_of)
        for (user_id, day), alerts in counted.items():
            sent[user_id][day] = alerts
    return sent


def _losses(
    policies: Mapping[str, RiskPolicy], session_dates: Collection[date], as_of: datetime
) -> Mapping[str, Mapping[date, Losses]]:
    """Each session's results so far, from the source each user's policy names."""
    losses: dict[str, dict[date, Losses]] = defaultdict(dict)
    for source, results_of in _RESULTS.items():
        users = [user for user, policy in policies.items() if policy.loss_source == source]
        if not users:
            continue
        for result in results_of(users, session_dates=session_dates, as_of=as_of):
            before = losses[result.user_id].get(result.session_date, Losses())
            losses[result.user_id][result.session_date] = before.after(result.r)
    return losses


class _Result(Protocol):
    """What a trade or an alert came to."""

    @property
    def user_id(self) -> str: ...
    @property
    def session_date(self) -> date: ...
    @property
    def r(self) -> float: ...


class _ResultsOf(Protocol):
    """Results of these users' sessions by a market time, in the order they became known."""

    def __call__(
        self, user_ids: Collection[str], /, *, session_dates: Collection[date], as_of: datetime
    ) -> Sequence[_Result]: ...


_RESULTS: Final[dict[str, _ResultsOf]] = {"trades": taken_outcomes, "alerts": alert_results}
