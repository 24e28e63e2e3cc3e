"""What alerts are worth: each user's price, and the rules that the second governor has to stop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from coach.prepared import Prepared
from coach.signals.events import outcome_saved
from coach.signals.valuing import FiredForUser, GateRecord, fired_for, gate_records
from learning.calibration import Calibration, expected_value
from learning.events import night_over
from learning.killswitch import passes_value_gate
from learning.valuation import KillEvent, add_kill_events, calibration_at
from risk.models import AlertPrice
from risk.policy import RiskPolicy
from risk.price import PRICE_WINDOW_DAYS, alert_price
from risk.selectors import policies_of, users_with_policy


def connect() -> None:
    """Subscribe to the rooms below."""
    outcome_saved.connect(_on_outcome_saved, dispatch_uid="risk.values")
    night_over.connect(_on_night_over, dispatch_uid="risk.values")


def _on_outcome_saved(signal_ids: Collection[str], **_: Any) -> None:  # noqa: ANN401  Django's signal
    add_kill_events(events_that_passed(gate_records(signal_ids)))


def _on_night_over(day: date, as_of: datetime, **_: Any) -> None:  # noqa: ANN401  Django's signal
    set_prices(users_with_policy(), last_day=day, as_of=as_of)


def events_that_passed(records: Iterable[GateRecord]) -> list[KillEvent]:
    """The market events that passed the expected value gate for at least one user, each once."""
    passed: dict[tuple[str, str, str, int], KillEvent] = {}
    for record in records:
        key = (record.rule_id, record.symbol, record.timeframe, record.seq)
        if key not in passed and _passed(record):
            passed[key] = KillEvent(
                rule_id=record.rule_id,
                symbol=record.symbol,
                timeframe=record.timeframe,
                seq=record.seq,
                fired_at=record.fired_at,
                matured_at=record.matured_at,
                r=record.r,
            )
    return list(passed.values())


def _passed(record: GateRecord) -> bool:
    """By the numbers of whichever governor was V2: the one that decided, or its shadow. Without a
    calibration there was no expected value, and so nothing that passed."""
    for numbers in (record.numbers, (record.shadow or {}).get("numbers", {})):
        if "ev" in numbers:
            return passes_value_gate(float(numbers["ev"]), float(numbers["price"]))
    return False


def set_prices(user_ids: Collection[str], *, last_day: date, as_of: datetime) -> None:
    """Ask anew what an alert must be worth to each user with a budget, from `as_of` on."""
    policies = policies_of(user_ids, as_of=as_of)
    budgets = {user: one for user, one in policies.items() if one.daily_alert_budget is not None}
    calibration = calibration_at(as_of)
    if not budgets or calibration is None:
        return
    first_day = last_day - timedelta(days=PRICE_WINDOW_DAYS - 1)
    fired: dict[str, list[FiredForUser]] = defaultdict(list)
    for row in fired_for(budgets, first_day=first_day, last_day=last_day):
        fired[row.user_id].append(row)
    AlertPrice.objects.bulk_create(
        AlertPrice(
            user_id=user_id, price=_price(fired[user_id], policy, calibration), market_ts=as_of
        )
        for user_id, policy in budgets.items()
    )


def _price(fired: list[FiredForUser], policy: RiskPolicy, calibration: Calibration) -> float:
    values = [
        expected_value(calibration.predict(row.confidence, row.rule_id, row.regime_trend))
        for row in fired
    ]
    sessions = len({row.session_date for row in fired})
    return alert_price(values, sessions=sessions, budget=policy.daily_alert_budget)


def prices_of(policies: Mapping[str, RiskPolicy], *, as_of: datetime) -> dict[str, float]:
    """What an alert must be worth to each user at a market time; 0 without a budget."""
    with_budget = [
        user_id for user_id, policy in policies.items() if policy.daily_alert_budget is not None
    ]
    prices = dict(_last_prices(with_budget, as_of, as_of))
    return {user_id: prices.get(user_id, 0.0) for user_id in policies}


def _last_price(
    user_ids: Collection[str], as_of: datetime, by_then: datetime
) -> QuerySet[AlertPrice, tuple[Any, ...]]:
    newer = AlertPrice.objects.filter(
        user=OuterRef("user"), market_ts__lte=by_then, pk__gt=OuterRef("pk")
    )
    rows = AlertPrice.objects.filter(~Exists(newer), user__in=user_ids, market_ts__lte=as_of)
    return rows.values_list("user_id", "price")


_last_prices = Prepared(_last_price)


def price_history(user_id: str, *, until: datetime) -> list[tuple[int, datetime, float]]:
    """(order of writing, market time, price) of every price of a user before a moment."""
    rows = AlertPrice.objects.filter(user=user_id, market_ts__lt=until).order_by("pk")
    return list(rows.values_list("pk", "market_ts", "price"))
