"""Whether a fired signal becomes an alert: one pure function for live and backtest.

V1 (the default) asks for confidence ≥ base - clip(score, -0.3, +0.3)·0.1. V2 (flag
``enableRiskGovernorV2``: the state carries ``ValueInputs``) asks for EV ≥ max(0, price) by the
calibration, and falls back to V1 until that stands on 100 matured events. Cooldown in both: per
user, rule, symbol and direction, times (1 + |score|) for a score below 0, times 0.5 above 0.5.

Gates in order, the first that fails gives the reason: manual lock, killed, stale data, session,
daily loss, loss streak, confidence (V2: expected value), cooldown, alerts per hour (V2: budget).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from learning.calibration import MIN_MATURED, Calibration, expected_value
from learning.killswitch import passes_value_gate
from learning.score import clip
from risk.gate import Block, GateCode
from risk.lockgates import first_lock, until_words
from risk.policy import RiskPolicy
from risk.state import HOUR_MS, GovernorSignal, GovernorState, ValueInputs
from risk.wording import clock, compared, duration, fixed

Governor = Literal["v1", "v2"]
Numbers = dict[str, float | int | None]

SCORE_LIMIT: Final = 0.3
SCORE_WEIGHT: Final = 0.1
TRUSTED_SCORE: Final = 0.5
TRUSTED_COOLDOWN: Final = 0.5
# Confidence is made with 9 decimals; a gate with more would part equals by a rounding error.
_CONFIDENCE_DECIMALS: Final = 9


class Gates(NamedTuple):
    """The two gates that a score moves."""

    min_confidence: float
    cooldown_seconds: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a signal.

    ``reason`` in words and numbers, ``code`` its gate; ``numbers`` everything the reason stands on,
    under the screen's names, JSON-ready; ``until`` epoch ms when the gate will open, where that is
    known; ``governor`` the one that decided.
    """

    delivered: bool
    reason: str
    numbers: Numbers
    until: int | None
    code: GateCode
    governor: Governor


class _Value(NamedTuple):
    """What V2 makes of a signal: chance to pay, expected R, and the R asked for."""

    p: float
    ev: float
    price: float


class _Case(NamedTuple):
    """A signal before the gates.

    ``elapsed_ms`` market time since the last alert of the same key, by bar close times; ``value``
    is None where V1 decides.
    """

    signal: GovernorSignal
    policy: RiskPolicy
    state: GovernorState
    score: float
    as_of: int
    moved: Gates
    elapsed_ms: int | None
    value: _Value | None


def cooldown_multiplier(score: float) -> float:
    """1 + |score| for a score below 0, 0.5 for one above 0.5, else 1."""
    if score < 0:
        return 1.0 - score
    return TRUSTED_COOLDOWN if score > TRUSTED_SCORE else 1.0


def gates(policy: RiskPolicy, score: float) -> Gates:
    """Minimum confidence and cooldown of a rule at a score: base - clip(score, ±0.3)·0.1."""
    shift = clip(score, -SCORE_LIMIT, SCORE_LIMIT) * SCORE_WEIGHT
    return Gates(
        round(policy.base_confidence - shift, _CONFIDENCE_DECIMALS),
        policy.cooldown_seconds * cooldown_multiplier(score),
    )


def explain_gates(policy: RiskPolicy, score: float) -> tuple[str, str]:
    """Both gates of a preview in words and numbers."""
    moved = gates(policy, score)
    base = f"base {fixed(policy.base_confidence)}, score {_score_words(score)}"
    return (
        f"confidence from {fixed(moved.min_confidence, 3)} ({base})",
        f"cooldown {_cooldown_words(policy, score, moved)}",
    )


def _score_words(score: float) -> str:
    """The score, and what it counts as where that is less: a gate moves only so far."""
    own, counted = fixed(score), fixed(clip(score, -SCORE_LIMIT, SCORE_LIMIT))
    return own if own == counted else f"{own}, counted as {counted}"


def decide(
    signal: GovernorSignal, policy: RiskPolicy, state: GovernorState, score: float, as_of: int
) -> Decision:
    """Deliver a signal as an alert, or say which gate holds it back and why.

    ``score`` in [-1, +1] is the user's score of the rule as of ``as_of`` (market time, epoch ms).
    """
    last = state.last_delivered.get(signal.cooldown_key)
    elapsed = None if last is None else signal.close_ms - last
    value = _value_of(signal, state.value)
    case = _Case(signal, policy, state, score, as_of, gates(policy, score), elapsed, value)
    block = (
        first_lock(signal.rule_id, policy, state, as_of, signal.zone)
        or _quality(case)
        or _cooldown(case)
        or (_alerts_per_hour(case) if value is None else _budget(case))
    )
    if block is None:
        block = Block(GateCode.DELIVERED, _quality_words(case, "≥"))
    return Decision(
        delivered=block.code is GateCode.DELIVERED,
        reason=block.reason,
        numbers=_numbers(case),
        until=block.until,
        code=block.code,
        governor="v1" if value is None else "v2",
    )


def decide_all(
    signals: Iterable[GovernorSignal],
    policy: RiskPolicy,
    state: GovernorState,
    scores: Mapping[str, float],
    as_of: int,
) -> tuple[list[tuple[GovernorSignal, Decision]], GovernorState]:
    """Decide the signals of one moment by (symbol, timeframe, ruleId), each alert counting at once.

    ``scores`` by rule. Returns the decisions in that order and the state after them.
    """
    decided = []
    for signal in sorted(signals, key=lambda one: one.order):
        decision = decide(signal, policy, state, scores[signal.rule_id], as_of)
        if decision.delivered:
            state = state.after_alert(signal)
        decided.append((signal, decision))
    return decided, state


def _ready(inputs: ValueInputs | None) -> Calibration | None:
    """The calibration if V2 is on and may decide."""
    if inputs is None or inputs.calibration is None or not inputs.calibration.ready:
        return None
    return inputs.calibration


def _value_of(signal: GovernorSignal, inputs: ValueInputs | None) -> _Value | None:
    calibration = _ready(inputs)
    if inputs is None or calibration is None:
        return None
    p = calibration.predict(signal.confidence, signal.rule_id, signal.regime)
    return _Value(p, expected_value(p), max(0.0, inputs.price))


def _quality(case: _Case) -> Block | None:
    """Confidence in V1, expected value in V2."""
    if case.value is None:
        passed = case.signal.confidence >= case.moved.min_confidence
        code = GateCode.CONFIDENCE
    else:
        passed = passes_value_gate(case.value.ev, case.value.price)
        code = GateCode.EXPECTED_VALUE
    return None if passed else Block(code, _quality_words(case, "<"))


def _quality_words(case: _Case, sign: str) -> str:
    if case.value is not None:
        ev, price = case.value.ev, case.value.price
        return f"EV {compared(ev, sign, price)} R (p {fixed(case.value.p)})"
    base = f"base {fixed(case.policy.base_confidence)}, score {fixed(case.score)}"
    words = f"confidence {compared(case.signal.confidence, sign, case.moved.min_confidence)}"
    return f"{words} ({base}){_fallback_words(case.state.value)}"


def _fallback_words(inputs: ValueInputs | None) -> str:
    """Why V1 decides although V2 is switched on."""
    if inputs is None:
        return ""
    matured = 0 if inputs.calibration is None else inputs.calibration.matured
    return f"; V1 decides: V2 needs {MIN_MATURED} matured signals, has {matured}"


def _cooldown(case: _Case) -> Block | None:
    elapsed = case.elapsed_ms
    cooldown_ms = round(case.moved.cooldown_seconds * 1000)
    if elapsed is None or elapsed >= cooldown_ms:
        return None
    until = case.signal.close_ms - elapsed + cooldown_ms
    at = clock(until, case.signal.zone, seen_ms=case.as_of)
    words = _cooldown_words(case.policy, case.score, case.moved)
    return Block(GateCode.COOLDOWN, f"cooldown until {at} ({words})", until)


def _cooldown_words(policy: RiskPolicy, score: float, moved: Gates) -> str:
    factor = cooldown_multiplier(score)
    words = duration(round(moved.cooldown_seconds * 1000))
    return words if factor == 1.0 else f"{words}: {policy.cooldown_seconds / 60:g} × {factor:.2f}"


def _alerts_per_hour(case: _Case) -> Block | None:
    limit, delivered = case.policy.alerts_per_hour, case.state.delivered_ms
    if limit is None or len(delivered) < limit:
        return None
    recent = sorted(at for at in delivered if at > case.as_of - HOUR_MS)
    if len(recent) < limit:
        return None
    until = recent[-limit] + HOUR_MS
    at = clock(until, case.signal.zone, seen_ms=case.as_of)
    reason = f"{len(recent)} alerts in 60 min ≥ {limit}, next from {at}"
    return Block(GateCode.ALERTS_PER_HOUR, reason, until)


def _budget(case: _Case) -> Block | None:
    limit, state = case.policy.daily_alert_budget, case.state
    if limit is None or state.delivered_in_session < limit:
        return None
    until = until_words(state.session_end_ms, case.as_of, case.signal.zone)
    reason = f"budget used up: {state.delivered_in_session} alerts this session ≥ {limit}{until}"
    return Block(GateCode.BUDGET, reason, state.session_end_ms)


def _numbers(case: _Case) -> Numbers:
    policy, state, elapsed = case.policy, case.state, case.elapsed_ms
    numbers: Numbers = {
        "confidence": case.signal.confidence,
        "base": policy.base_confidence,
        "minConfidence": case.moved.min_confidence,
        "score": case.score,
        "cooldownSeconds": case.moved.cooldown_seconds,
        "elapsed": None if elapsed is None else elapsed / 1000,
        "alertsLastHour": sum(1 for at in state.delivered_ms if at > case.as_of - HOUR_MS),
        "alertsPerHour": policy.alerts_per_hour,
        "dataAgeBars": state.data_age_bars,
        "lossR": state.losses.r_sum,
        "lossStreak": state.losses.streak,
    }
    if case.value is not None:
        numbers |= case.value._asdict()
        numbers["alertsThisSession"] = state.delivered_in_session
        numbers["dailyAlertBudget"] = policy.daily_alert_budget
    return numbers
