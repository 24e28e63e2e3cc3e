"""The arms: fixed gate, V1, V2 and an oracle, all of them through the product's own ``decide``."""

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final, Literal

import numpy as np

from benchmarks.learning.learner import (
    DAY_MS,
    RULE_NAMES,
    Evidence,
    KillBoard,
    calibrate,
    regime_name,
)
from benchmarks.learning.world import FLIPS_DOWN, Bools, Draw
from risk.governor import decide
from risk.policy import RiskPolicy
from risk.state import GovernorSignal, GovernorState, ValueInputs

Arm = Literal["fixed", "v1", "v2", "oracle"]
ARMS: Final[tuple[Arm, ...]] = ("fixed", "v1", "v2", "oracle")

# The world has no journal, no bars and no hourly limit: only the gates under test are on.
POLICY: Final = RiskPolicy(daily_loss_r=None, loss_streak=None, alerts_per_hour=None)


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What an arm delivered, and each user's score of the rule that flips down, day by day."""

    delivered: Bools
    flip_scores: list[list[float]]


def signals_of(draw: Draw) -> list[GovernorSignal]:
    """The draw's signals as the governor sees them; each user watches a symbol of his own."""
    return [
        GovernorSignal(
            symbol=f"U{draw.user[i]}",
            timeframe="1m",
            rule_id=RULE_NAMES[draw.rule[i]],
            direction="long",
            confidence=float(draw.confidence[i]),
            close_ms=int(draw.day[i]) * DAY_MS + int(draw.minute[i] + 1) * 60_000,
            zone=UTC,
            regime=regime_name(int(draw.regime[i])),
        )
        for i in range(draw.day.size)
    ]


def oracle_signals(draw: Draw, signals: list[GovernorSignal]) -> list[GovernorSignal]:
    """The same signals with the truth for a confidence: 1 where the planted EV is positive."""
    return [
        replace(signal, confidence=1.0 if ev > 0 else 0.0)
        for signal, ev in zip(signals, draw.ev, strict=True)
    ]


def run_arm(draw: Draw, signals: list[GovernorSignal], arm: Arm) -> ArmResult:
    """Live through the days: learn in the morning, decide signal by signal."""
    delivered = np.zeros(draw.day.size, dtype=np.bool_)
    evs: list[float | None] = [None] * draw.day.size
    evidence, board = Evidence(draw), KillBoard(draw)
    states = [GovernorState()] * draw.world.users
    scores = [dict.fromkeys(RULE_NAMES, 0.0)] * draw.world.users
    flip_scores: list[list[float]] = []
    for day in draw.days():
        states = [state.open_session() for state in states]
        if arm in {"v1", "v2"}:
            evidence.morning(day, delivered)
            scores = evidence.scores(day)
            flip_scores.append([user[RULE_NAMES[FLIPS_DOWN]] for user in scores])
        if arm == "v2" and day > 0:
            board.morning(day, evs)
            value = ValueInputs(calibration=calibrate(draw, day))
            states = [replace(state, value=value, killed=board.killed()) for state in states]
        for i in draw.of_day(day):
            user, signal = int(draw.user[i]), signals[i]
            decision = decide(
                signal, POLICY, states[user], scores[user][signal.rule_id], signal.close_ms
            )
            evs[i] = decision.numbers.get("ev")
            if decision.delivered:
                delivered[i] = True
                states[user] = states[user].after_alert(signal)
    return ArmResult(delivered, flip_scores)


def run_arms(draw: Draw) -> dict[Arm, ArmResult]:
    """Every arm on the same draws."""
    signals = signals_of(draw)
    truth = oracle_signals(draw, signals)
    return {arm: run_arm(draw, truth if arm == "oracle" else signals, arm) for arm in ARMS}
