"""Locks: the gates that look at the user and the market, not at the signal (pure)."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from risk.gate import Block, GateCode
from risk.policy import RiskPolicy
from risk.state import GovernorState
from risk.wording import clock, compared

_LockGate = Callable[[str, RiskPolicy, GovernorState, int, tzinfo], Block | None]


def first_lock(
    rule_id: str, policy: RiskPolicy, state: GovernorState, as_of: int, zone: tzinfo
) -> Block | None:
    """The first lock in gate order that holds, or None."""
    for gate in _LOCKS:
        block = gate(rule_id, policy, state, as_of, zone)
        if block is not None:
            return block
    return None


def locks(
    rule_id: str, policy: RiskPolicy, state: GovernorState, as_of: int, zone: tzinfo
) -> list[Block]:
    """Every lock that holds a rule at a moment (epoch ms), in gate order, for previews."""
    found = (gate(rule_id, policy, state, as_of, zone) for gate in _LOCKS)
    return [block for block in found if block is not None]


def until_words(until: int | None, as_of: int, zone: tzinfo) -> str:
    """`` until HH:MM``, with its leading space, or nothing when the end is not known."""
    return "" if until is None else f" until {clock(until, zone, seen_ms=as_of)}"


def _manual(
    _rule_id: str, _policy: RiskPolicy, state: GovernorState, as_of: int, zone: tzinfo
) -> Block | None:
    lock = state.manual_lock
    if lock is None or not lock.holds(as_of):
        return None
    words = until_words(lock.until_ms, as_of, zone) or " until you unlock"
    return Block(GateCode.MANUAL_LOCK, f"locked by you{words}", lock.until_ms)


def _killed(
    rule_id: str, _policy: RiskPolicy, state: GovernorState, _as_of: int, _zone: tzinfo
) -> Block | None:
    evidence = state.killed.get(rule_id)
    return None if evidence is None else Block(GateCode.KILLED, f"killed: {evidence}")


def _stale(
    _rule_id: str, policy: RiskPolicy, state: GovernorState, _as_of: int, _zone: tzinfo
) -> Block | None:
    if state.data_age_bars <= policy.stale_after_bars:
        return None
    reason = f"data {state.data_age_bars:.3g} bars old > {policy.stale_after_bars:g}"
    return Block(GateCode.STALE_DATA, reason)


def _session(
    _rule_id: str, _policy: RiskPolicy, state: GovernorState, as_of: int, zone: tzinfo
) -> Block | None:
    if state.in_session:
        return None
    opens = until_words(state.next_open_ms, as_of, zone)
    return Block(GateCode.SESSION, f"outside the session{opens}", state.next_open_ms)


def _daily_loss(
    _rule_id: str, policy: RiskPolicy, state: GovernorState, as_of: int, zone: tzinfo
) -> Block | None:
    limit, worst = policy.daily_loss_r, state.losses.worst_r_sum
    if limit is None or worst > -limit:
        return None
    until = until_words(state.session_end_ms, as_of, zone)
    reason = f"daily loss {compared(worst, '≤', -limit)} R ({policy.loss_source}), locked{until}"
    return Block(GateCode.DAILY_LOSS, reason, state.session_end_ms)


def _loss_streak(
    _rule_id: str, policy: RiskPolicy, state: GovernorState, as_of: int, zone: tzinfo
) -> Block | None:
    limit, worst = policy.loss_streak, state.losses.worst_streak
    if limit is None or worst < limit:
        return None
    until = until_words(state.session_end_ms, as_of, zone)
    reason = f"loss streak {worst} ≥ {limit} ({policy.loss_source}), locked{until}"
    return Block(GateCode.LOSS_STREAK, reason, state.session_end_ms)


_LOCKS: Final[tuple[_LockGate, ...]] = (
    _manual,
    _killed,
    _stale,
    _session,
    _daily_loss,
    _loss_streak,
)
