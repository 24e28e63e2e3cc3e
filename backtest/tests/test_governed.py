"""The gates over a run's triggers: the governor's own decisions, as of each bar."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backtest.asof import gate_history, past_signals
from backtest.engine import Evaluation
from backtest.governed import Desk, GateHistory, PastSignal, Steps, account, decide_history
from backtest.selectors import run_json
from backtest.tests.factories import day_ms, evaluation_from
from backtest.tests.stored import finished_run
from coach.engine.bars import Bars
from coach.flags.models import Flag, FlagChange
from coach.signals.tests.factories import trader
from learning.models import KillStep, ScoreEntry
from risk.gate import GateCode
from risk.policy import RiskPolicy
from risk.services import set_policy
from risk.state import GovernorSignal

START, END = dt.date(2024, 3, 20), dt.date(2024, 4, 10)
MINUTE = 60_000
OPEN = 1_710_941_400_000  # 20 March 2024, 09:30 in New York
CLOSE = OPEN + 390 * MINUTE
OPEN_GATES = RiskPolicy(
    base_confidence=0.3,
    cooldown_seconds=0,
    daily_loss_r=None,
    loss_streak=None,
    alerts_per_hour=None,
    loss_source="alerts",
)


def past(
    minute: int, *, rule: str = "ema_cross", r: float | None = None, **changes: Any
) -> PastSignal:
    """A long signal that fires so many minutes after the open; its outcome matures in 30 bars."""
    signal = GovernorSignal(
        symbol="TEST",
        timeframe="1m",
        rule_id=rule,
        direction="long",
        confidence=0.7,
        close_ms=OPEN + minute * MINUTE,
        zone=ZoneInfo("America/New_York"),
    )
    values: dict[str, Any] = {
        "session_day": 19_802,
        "session_end_ms": CLOSE,
        "matured_ms": None if r is None else signal.close_ms + 30 * MINUTE,
        "r": r,
    }
    return PastSignal(signal, **values | changes)


def codes(signals: list[PastSignal], history: GateHistory) -> list[str]:
    return [each.code.value for each in decide_history(signals, history)]


def test_a_value_is_read_as_of_its_moment_in_the_order_of_writing() -> None:
    steps = Steps.written(0.0, [(1, 100, 0.1), (2, 300, 0.3), (4, 200, 0.9), (3, 250, 0.2)])
    # The fourth row was written last although it is dated earlier: from 200 on it counts.
    assert [steps.at(t) for t in (99, 100, 199, 200, 260, 400)] == [0.0, 0.1, 0.1, 0.9, 0.9, 0.9]


def test_cooldown_runs_from_the_last_delivered_alert() -> None:
    history = GateHistory(policy=replace(OPEN_GATES, cooldown_seconds=900))
    found = codes([past(m) for m in (0, 14, 15, 29, 30)], history)
    assert found == ["delivered", "cooldown", "delivered", "cooldown", "delivered"]


def test_losses_lock_once_they_are_known_and_not_before() -> None:
    history = GateHistory(policy=replace(OPEN_GATES, loss_streak=2))
    signals = [past(m, r=-1.05) for m in (0, 1, 2, 30, 31, 60)]
    found = codes(signals, history)
    assert found == [
        "delivered",
        "delivered",
        "delivered",
        "delivered",
        "loss_streak",
        "loss_streak",
    ]


def test_a_session_begins_without_losses() -> None:
    history = GateHistory(policy=replace(OPEN_GATES, loss_streak=1))
    day: dict[str, Any] = {"session_day": 19_803, "session_end_ms": CLOSE + 86_400_000}
    signals = [past(0, r=-1.05), past(40), past(1_440, **day)]
    assert codes(signals, history) == ["delivered", "loss_streak", "delivered"]


def test_the_score_of_the_bar_moves_the_gates() -> None:
    low = Steps(0.0, (OPEN + 10 * MINUTE,), (-1.0,))
    history = GateHistory(
        policy=replace(OPEN_GATES, base_confidence=0.68), scores={"ema_cross": low}
    )
    assert codes([past(9), past(10)], history) == ["delivered", "confidence"]
    assert "0.70 < 0.71" in decide_history([past(10)], history)[0].reason


def test_a_killed_rule_is_held_back_while_it_is_killed() -> None:
    killed = Steps(None, (OPEN + 5 * MINUTE, OPEN + 9 * MINUTE), ("evidence 200 : 1", None))
    history = GateHistory(policy=OPEN_GATES, killed={"ema_cross": killed})
    found = codes([past(4), past(5), past(8, rule="vwap_reclaim"), past(9)], history)
    assert found == ["delivered", "killed", "delivered", "delivered"]


def test_signals_of_one_bar_count_for_each_other_in_order_of_rule() -> None:
    history = GateHistory(policy=replace(OPEN_GATES, alerts_per_hour=1))
    moment = [past(0, rule="vwap_reclaim"), past(0, rule="ema_cross")]
    assert codes(moment, history) == ["alerts_per_hour", "delivered"]


def test_a_stretch_goes_on_where_the_last_one_ended() -> None:
    history = GateHistory(policy=replace(OPEN_GATES, cooldown_seconds=900, loss_streak=2))
    signals = [past(m, r=-1.05) for m in range(0, 300, 7)]
    whole = decide_history(signals, history)
    desk = Desk(history)
    parts = [
        decide_history(signals[a:b], history, desk=desk) for a, b in ((0, 9), (9, 20), (20, 99))
    ]
    assert [each for part in parts for each in part] == whole


def test_time_does_not_go_backwards() -> None:
    with pytest.raises(ValueError, match="comes after one at"):
        decide_history([past(5), past(4)], GateHistory())
    with pytest.raises(ValueError, match="fires twice"):
        decide_history([past(5), past(5)], GateHistory())


def test_what_the_gates_saved_and_cost_adds_up() -> None:
    history = GateHistory(policy=replace(OPEN_GATES, cooldown_seconds=900))
    signals = [past(m, r=r) for m, r in ((0, 1.45), (1, -1.05), (2, 1.45), (3, -1.05), (20, 1.45))]
    decisions = decide_history(signals, history)
    micro = [round((each.r or 0) * 1e6) for each in signals]
    found = account(decisions, [True] * 5, micro)
    assert (found["delivered"], found["suppressed"]) == (2, 3)
    assert (found["savedR"], found["costR"], found["netR"]) == (2.1, 1.45, 0.65)
    assert found["byReason"]["cooldown"]["expectancy"] == pytest.approx(-0.65 / 3, abs=1e-6)


def test_triggers_become_signals_of_their_session(six_weeks: Bars) -> None:
    evaluation: Evaluation = evaluation_from(six_weeks, START, END)
    signals = past_signals(evaluation)
    assert len(signals) == len(evaluation)
    for each, ts in zip(signals, evaluation.triggers["ts"].tolist(), strict=True):
        assert each.signal.close_ms == ts + MINUTE
        assert each.in_session
        assert each.signal.close_ms <= each.session_end_ms
        assert each.matured_ms is None or each.matured_ms > each.signal.close_ms
    decisions = decide_history(signals, GateHistory())
    assert {each.code for each in decisions} >= {GateCode.DELIVERED, GateCode.COOLDOWN}


def test_equal_histories_are_equal_json() -> None:
    one, other = (
        GateHistory(scores={"b": Steps(0.0, (5,), (0.5,)), "a": Steps(first=0.1)}) for _ in range(2)
    )
    assert json.dumps(one.as_json()) == json.dumps(other.as_json())
    moved = replace(one, scores={"b": Steps(0.0, (5,), (0.4,)), "a": Steps(first=0.1)})
    assert moved.as_json() != one.as_json()


@pytest.mark.django_db
def test_scores_flags_and_kills_are_read_from_their_ledgers() -> None:
    user = trader()
    at = [dt.datetime(2024, 3, 20, hour, tzinfo=dt.UTC) for hour in range(12, 20)]
    for moment, before, after in ((at[1], 0.0, 0.4), (at[3], 0.4, -0.2)):
        ScoreEntry.objects.create(
            user=user,
            rule_id="ema_cross",
            cause="label",
            before=before,
            after=after,
            market_ts=moment,
        )
    ScoreEntry.objects.create(
        user=trader(), rule_id="ema_cross", cause="label", before=0, after=1.0, market_ts=at[1]
    )
    rule = Flag.objects.get(name="enableRiskGovernorV2").rule()
    on = {**rule.as_json(), "everyone": True}
    FlagChange.objects.create(name="enableRiskGovernorV2", at=at[2], rule=on)
    KillStep.objects.create(
        rule_id="ema_cross",
        symbol="TEST",
        timeframe="1m",
        seq=1,
        r=-1.05,
        status="killed",
        against=250.0,
        back=1.0,
        killed_ms=1,
        market_ts=at[4],
    )
    set_policy(user_id=user.pk, values={"base_confidence": 0.7}, market_ts=at[0])
    found = gate_history(user.pk, ("ema_cross",), end_ms=day_ms(dt.date(2024, 3, 21)))
    ms = [round(moment.timestamp() * 1000) for moment in at]
    assert [found.score("ema_cross", t) for t in (ms[0], ms[1], ms[3])] == [0.0, 0.4, -0.2]
    assert [found.v2.at(t) for t in (ms[1], ms[2])] == [False, True]
    assert found.killed_at(ms[3]) == {}
    assert "250 : 1" in found.killed_at(ms[4])["ema_cross"]
    assert found.policy.base_confidence == 0.7
    assert found.policy.loss_source == "alerts"
    earlier = gate_history(user.pk, ("ema_cross",), end_ms=ms[3])
    assert earlier.score("ema_cross", ms[7]) == 0.4


@pytest.mark.django_db
def test_a_run_through_the_gates_says_what_they_did_to_each_trigger() -> None:
    user = trader()
    plain = finished_run(user.pk)
    gated = finished_run(user.pk, governor=True)
    assert gated.run_key != plain.run_key
    result = run_json(gated, whole=True)["result"]
    gates = result["governor"]
    assert gates["delivered"] + gates["suppressed"] == result["triggerCount"]
    assert gates["delivered"] == sum(row["gate"]["delivered"] for row in result["triggers"])
    assert all(row["gate"]["reason"] for row in result["triggers"])
    assert gates["netR"] == pytest.approx(gates["savedR"] - gates["costR"])
    moved = ScoreEntry.objects.create(
        user=user,
        rule_id="ema_cross",
        cause="label",
        before=0,
        after=-0.9,
        market_ts=dt.datetime(2024, 3, 1, tzinfo=dt.UTC),
    )
    assert moved.pk
    assert finished_run(user.pk, governor=True).run_key != gated.run_key
