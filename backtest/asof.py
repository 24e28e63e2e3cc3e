"""What a user's gates read, as of every moment of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from backtest.engine import Evaluation
from backtest.governed import GateHistory, PastSignal, Steps
from backtest.statistics import Int64
from coach.engine.layout import Trend
from coach.flags.services import flag_history
from coach.market.calendars import session_columns, zone
from coach.market.selectors import market_now
from learning.selectors import score_steps
from learning.valuation import calibration_history, kill_history
from risk.selectors import V2_FLAG, policy_of
from risk.state import GovernorSignal
from risk.values import price_history


def gate_history(user_id: str, rule_ids: tuple[str, ...], *, end_ms: int) -> GateHistory:
    """Scores, flags, kills, calibrations and prices up to a moment, and the user's limits of now.

    The limits are today's because that is the question: what these gates would have done.
    """
    end = datetime.fromtimestamp(end_ms / 1000, UTC)
    policy = replace(policy_of(user_id, as_of=market_now()), loss_source="alerts")
    return GateHistory(
        policy=policy,
        scores={rule_id: _scores(user_id, rule_id, end) for rule_id in rule_ids},
        v2=Steps.written(
            False,  # noqa: FBT003 - off before its first change
            ((n, _ms(at), on) for n, at, on in flag_history(V2_FLAG, user_id, until=end)),
        ),
        calibration=Steps.written(
            None, ((n, _ms(at), each) for n, at, each in calibration_history(until=end))
        ),
        price=Steps.written(
            0.0, ((n, _ms(at), each) for n, at, each in price_history(user_id, until=end))
        ),
        killed={rule_id: _killed(rule_id, end) for rule_id in rule_ids},
    )


def _scores(user_id: str, rule_id: str, end: datetime) -> Steps[float]:
    rows = score_steps(user_id, rule_id=rule_id, end=end).values_list("pk", "market_ts", "after")
    return Steps.written(0.0, ((pk, _ms(at), after) for pk, at, after in rows))


def _killed(rule_id: str, end: datetime) -> Steps[str | None]:
    rows = kill_history(rule_id, until=end)
    return Steps.written(None, ((n, _ms(at), words) for n, at, words in rows))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def past_signals(evaluation: Evaluation) -> list[PastSignal]:
    """An evaluation's triggers as the gates see them."""
    bars, window = evaluation.market.bars, evaluation.market.window
    at = evaluation.positions
    closes, daily = bars.session_close[at], window.timeframe == "1d"
    ends = np.minimum(bars.ts[at] + evaluation.ruleset.timeframe_ms, closes)
    regular = session_columns(window.calendar, bars.ts).regular[at] | daily
    rows = zip(
        _governor_signals(evaluation, closes if daily else ends),
        bars.session_day[at].tolist(),
        closes.tolist(),
        regular.tolist(),
        evaluation.outcomes["matured_ts"].tolist(),
        evaluation.outcomes["r"].tolist(),
        evaluation.counted.tolist(),
        strict=True,
    )
    return [
        PastSignal(signal, day, close, inside, *((known, r) if counts else (None, None)))
        for signal, day, close, inside, known, r, counts in rows
    ]


def _governor_signals(evaluation: Evaluation, ends: Int64) -> Iterator[GovernorSignal]:
    window, triggers = evaluation.market.window, evaluation.triggers
    rule_ids = [each.rule_id for each in evaluation.ruleset.rules]
    exchange = zone(window.calendar)
    for rule, direction, confidence, end, trend in zip(
        triggers["rule"].tolist(),
        triggers["direction"].tolist(),
        triggers["confidence"].tolist(),
        ends.tolist(),
        triggers["trend"].tolist(),
        strict=True,
    ):
        yield GovernorSignal(
            symbol=window.symbol,
            timeframe=window.timeframe,
            rule_id=rule_ids[rule],
            direction="long" if direction > 0 else "short",
            confidence=confidence,
            close_ms=end,
            zone=exchange,
            regime=Trend(trend).name.lower(),
        )
