"""Writes of this room, and the one entry through which live decides what becomes an alert."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from coach.market.selectors import calendars_of
from coach.signals.records import FiredSignal, NewDecision
from learning.aggregates import session_date_of
from learning.services import current_views
from learning.valuation import calibration_at, killed_rules
from risk.models import Lock, Policy
from risk.moment import MarketFacts, SessionFacts, UserMoment
from risk.policy import PolicyError, RiskPolicy, policy_problems
from risk.selectors import facts_of, locks_of, policy_of
from risk.values import prices_of, set_prices

NO_AGE: Final[Mapping[str, float]] = {}
MAX_REASON: Final = 200


def decide_moment(
    *,
    signals: Sequence[FiredSignal],
    watchers: Mapping[str, Sequence[str]],
    as_of: datetime,
    data_age: Mapping[str, float] = NO_AGE,
) -> list[NewDecision]:
    """Decide the signals of one moment for everybody who watches their symbols.

    `watchers` user ids by symbol; `as_of` the moment in market time; `data_age` by symbol how old
    its newest data are, in bars (0 where absent). Decided user by user in the order of (symbol,
    timeframe, ruleId), so that an alert counts for the next signal of the same moment. The number
    of queries depends on neither signals nor users.
    """
    of_user: dict[str, list[FiredSignal]] = defaultdict(list)
    for signal in signals:
        for user_id in watchers.get(signal.symbol, ()):
            of_user[user_id].append(signal)
    if not of_user:
        return []
    dates = {signal.session_date for signal in signals}
    facts = facts_of(sorted(of_user), session_dates=dates, as_of=as_of)
    scores = _scores(of_user, as_of)
    market = _market_facts(signals, data_age, as_of)
    prices = prices_of({user_id: one.policy for user_id, one in facts.items()}, as_of=as_of)
    made: list[NewDecision] = []
    for user_id in sorted(of_user):
        moment = UserMoment(
            user_id=user_id,
            facts=facts[user_id],
            market=market,
            scores=scores[user_id],
            price=prices[user_id],
            as_of=as_of,
        )
        made += moment.decide(of_user[user_id])
    return made


def _scores(
    of_user: Mapping[str, Sequence[FiredSignal]], as_of: datetime
) -> Mapping[str, Mapping[str, float]]:
    pairs = {
        (user_id, signal.rule_id) for user_id, signals in of_user.items() for signal in signals
    }
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for (user_id, rule_id), view in current_views(pairs, now=as_of).items():
        scores[str(user_id)][rule_id] = view.score.score
    return scores


def _market_facts(
    signals: Sequence[FiredSignal], data_age: Mapping[str, float], as_of: datetime
) -> MarketFacts:
    calendars = calendars_of({signal.symbol for signal in signals})
    return MarketFacts(
        sessions={
            signal.symbol: SessionFacts.of(calendars[signal.symbol], signal.ts)
            for signal in signals
        },
        data_age=data_age,
        killed=killed_rules(as_of),
        calibration=calibration_at(as_of),
    )


def set_policy(*, user_id: str, values: Mapping[str, Any], market_ts: datetime) -> RiskPolicy:
    """Change some of a user's limits from a market time on; the others stay as they are.

    Raises:
        PolicyError: a name that is no limit, or a value out of bounds; maps each field to why.
    """
    problems = policy_problems(dict(values))
    if problems:
        raise PolicyError(problems)
    chosen = Policy.objects.filter(user=user_id).order_by("-pk").first()
    merged = {**(chosen.values if chosen else {}), **values}
    Policy.objects.create(user_id=user_id, values=merged, market_ts=market_ts)
    if "daily_alert_budget" in values:
        set_prices([user_id], last_day=session_date_of(market_ts), as_of=market_ts)
    return policy_of(user_id, as_of=market_ts)


def lock(
    *, user_id: str, market_ts: datetime, until: datetime | None = None, reason: str = ""
) -> None:
    """Stop a user's alerts until a market time, or until he unlocks.

    Raises:
        PolicyError: `until` is not after now, or `reason` is too long.
    """
    if until is not None and until <= market_ts:
        raise PolicyError({"until": f"{until.isoformat()} is not after {market_ts.isoformat()}"})
    if len(reason) > MAX_REASON:
        raise PolicyError({"reason": f"{len(reason)} characters, at most {MAX_REASON}"})
    Lock.objects.create(user_id=user_id, reason=reason, since=market_ts, until=until)


def unlock(*, user_id: str, market_ts: datetime) -> bool:
    """Take off every manual lock of a user; whether there was one."""
    if not locks_of([user_id], as_of=market_ts):
        return False
    Lock.objects.filter(user=user_id, released_at__isnull=True).update(released_at=market_ts)
    return True
