"""What the gates of a rule are for a user now, in numbers and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from coach.market.calendars import XNYS, zone
from coach.market.selectors import market_now
from learning.aggregates import session_date_of
from learning.calibration import MIN_MATURED, expected_value
from learning.services import current_views, get_rule_views
from learning.valuation import calibration_at, killed_rules
from risk.gate import Block
from risk.governor import explain_gates, gates
from risk.lockgates import locks
from risk.moment import Switch, switched_off
from risk.selectors import UserFacts, facts_of, gates_payload, iso_ms, to_ms
from risk.state import GovernorState, Losses, ValueInputs
from risk.values import prices_of
from risk.wording import fixed

# A preview is for no symbol in particular: clock times are those of the main exchange.
ZONE: Final = zone(XNYS)


def preview(rule_id: str, *, user_id: str, as_of: datetime | None = None) -> dict[str, Any]:
    """`GET /api/risk/preview` of one rule; `as_of` in market time, without it as it stands."""
    return previews([rule_id], user_id=user_id, as_of=as_of)[0]


def previews(
    rule_ids: Sequence[str], *, user_id: str, as_of: datetime | None = None
) -> list[dict[str, Any]]:
    """The previews of several rules, with as many queries as that of one."""
    now = as_of or market_now()
    pairs = [(user_id, rule_id) for rule_id in rule_ids]
    views = get_rule_views(pairs, as_of=as_of) if as_of else current_views(pairs, now=now)
    session_date = session_date_of(now)
    facts = facts_of([user_id], session_dates=[session_date], as_of=now, flags_as_of=as_of)[user_id]
    state = GovernorState(
        losses=facts.losses.get(session_date, Losses()),
        manual_lock=facts.manual_lock,
        killed=killed_rules(now),
        value=_value_inputs(user_id, facts, now) if facts.v2 else None,
    )
    return [
        _payload(rule_id, facts, state, views[user_id, rule_id].score.score, now)
        for rule_id in rule_ids
    ]


def _value_inputs(user_id: str, facts: UserFacts, now: datetime) -> ValueInputs:
    price = prices_of({user_id: facts.policy}, as_of=now)[user_id]
    return ValueInputs(calibration=calibration_at(now), price=price)


def _payload(
    rule_id: str, facts: UserFacts, state: GovernorState, score: float, now: datetime
) -> dict[str, Any]:
    held = _locks(rule_id, facts, state, now)
    value = _value(rule_id, facts, state.value)
    return {
        "ruleId": rule_id,
        "governor": "v2" if "expectedValue" in value else "v1",
        "score": score,
        "base": gates_payload(gates(facts.policy, 0.0)),
        "current": gates_payload(gates(facts.policy, score)),
        "locks": held,
        "reasons": [
            *(lock["reason"] for lock in held),
            *explain_gates(facts.policy, score),
            *_value_words(facts, state.value, value),
        ],
        "asOf": now.isoformat(),
        **value,
    }


def _value(rule_id: str, facts: UserFacts, inputs: ValueInputs | None) -> dict[str, float]:
    """V2: what a signal of this rule at the base confidence is worth, and what is asked, in R."""
    if inputs is None or inputs.calibration is None or not inputs.calibration.ready:
        return {}
    p = inputs.calibration.predict(facts.policy.base_confidence, rule_id, "unknown")
    return {"expectedValue": expected_value(p), "price": max(0.0, inputs.price)}


def _value_words(
    facts: UserFacts, inputs: ValueInputs | None, value: dict[str, float]
) -> list[str]:
    if inputs is None:
        return []
    if not value:
        matured = 0 if inputs.calibration is None else inputs.calibration.matured
        return [f"V1 decides: V2 needs {MIN_MATURED} matured signals, has {matured}"]
    base, price = fixed(facts.policy.base_confidence), fixed(value["price"])
    return [f"EV {fixed(value['expectedValue'])} R at confidence {base}, from {price} R delivered"]


def _locks(
    rule_id: str, facts: UserFacts, state: GovernorState, now: datetime
) -> list[dict[str, Any]]:
    off = switched_off(facts.choices.get(rule_id), as_of=now, exchange=ZONE)
    held: list[Switch | Block] = [] if off is None else [off]
    held += locks(rule_id, facts.policy, state, to_ms(now), ZONE)
    return [
        {"code": str(block.code), "reason": block.reason, "until": iso_ms(block.until)}
        for block in held
    ]
