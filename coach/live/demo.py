"""The demo's history: sessions before the first live one, scanned.

The same evaluator, outcomes and governor as live, and the labels that a trader might have given, so
that scores, gates and windows have something to show from the first minute. Every signal of it says
that it was scanned, every label that it is the demo's.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from django.db import transaction

from coach.engine.bars import Bar, Bars
from coach.engine.layout import timeframe_ms
from coach.engine.outcome import outcomes, trigger_positions
from coach.engine.registry import RULES
from coach.engine.ruleset import RuleSet, compile_rules
from coach.engine.run import run
from coach.engine.tracking import Outcome, read_outcome
from coach.engine.triggers import read
from coach.live.demo_trades import take
from coach.live.lane import Change, close_of, fired_signal
from coach.live.shard import outcome_update
from coach.market.calendars import date_of
from coach.market.selectors import calendars_of, data_range, load_bars
from coach.market.services import make_synthetic_history
from coach.signals.history import DeliveredAlert
from coach.signals.records import FiredSignal, NewDecision, SignalKey
from coach.signals.selectors import decided_sessions
from coach.signals.services import record_history, withhold_announcements
from feedback.services import give_label
from learning.loop import AGGREGATES
from learning.services import get_rule_views
from risk.moment import MarketFacts, SessionFacts, UserMoment
from risk.selectors import HISTORY, UserFacts, policy_of, users_with_policy
from risk.services import set_policy

SESSIONS = 30
LABELLED_SESSIONS = 10
WARM_UP_SESSIONS = 12
"""The anchor lies at most two weeks back."""
LABELLED, WRONG, LATE = 0.3, 0.15, 0.08
"""Shares of the alerts that get a label, of labels against the outcome, and that say late."""
NOTE = "demo"
LIMITS: Final = {"cooldown_seconds": 3600, "alerts_per_hour": 60}
"""Seven rules on six symbols: with the usual limits the first six minutes use up the hour's alerts,
and nothing comes for the rest of it. With these one comes about every three market minutes."""


@dataclass(slots=True)
class Played:
    """What one session came to: signals by the moment they fired, the last word on each outcome."""

    moments: dict[int, list[FiredSignal]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[SignalKey, Change] = field(default_factory=dict)


def choose_limits(user_id: str) -> None:
    """The demo user's limits, from the beginning of time; any of his own are left alone."""
    if user_id not in users_with_policy():
        set_policy(user_id=user_id, values=LIMITS, market_ts=datetime.fromtimestamp(0, UTC))


def seed_history(
    *, user_id: str, symbols: Sequence[str], seed: int, say: Callable[[str], None]
) -> int:
    """Fill the cache and record thirty scanned sessions for a user; returns the signals recorded.

    A session is one transaction: one that is there already is left alone.
    """
    if len(decided_sessions(user_id)) >= SESSIONS:
        return 0
    say("Demo history: scanning thirty sessions, once")
    make_synthetic_history(symbols=symbols, seed=seed, sessions=SESSIONS + WARM_UP_SESSIONS)
    played = play(symbols)
    days = sorted(played)[-SESSIONS:]
    done = {(day - _EPOCH).days for day in decided_sessions(user_id)}
    recorded = 0
    alerts: deque[DeliveredAlert] = deque()
    for number, day in enumerate(days, start=1):
        if day not in done:
            draw = np.random.Generator(np.random.PCG64(seed + day))
            labelled = LABELLED if number > SESSIONS - LABELLED_SESSIONS else 0.0
            recorded += _record(
                played[day], user_id=user_id, alerts=alerts, draw=draw, labelled=labelled
            )
        if number % 10 == 0:
            say(f"Demo history: session {number} of {len(days)}, {recorded} signals")
    if recorded:
        AGGREGATES.rebuild()
    return recorded


_EPOCH = date_of(0)


def play(symbols: Iterable[str]) -> dict[int, Played]:
    """What every cached session of the symbols came to, by session day."""
    ruleset = compile_rules(list(RULES), timeframe="1m")
    sessions: dict[int, Played] = defaultdict(Played)
    for symbol in symbols:
        cached = data_range(symbol, ruleset.timeframe)
        if cached is not None:
            _scan(symbol, load_bars(symbol, ruleset.timeframe, *cached), ruleset, sessions)
    return sessions


def _scan(symbol: str, bars: Bars, ruleset: RuleSet, sessions: dict[int, Played]) -> None:
    """The triggers of all bars with their outcomes, each put into its session."""
    triggers = run(bars, ruleset)
    over = int(bars.session_close[-1]) + 1
    followed = outcomes(bars, triggers, ruleset.timeframe, as_of=over)
    positions = trigger_positions(bars, triggers)
    for trigger, begun, position in zip(
        read(triggers, ruleset), followed, positions.tolist(), strict=True
    ):
        bar = bars.bar(position)
        signal = replace(
            fired_signal(symbol, ruleset.timeframe, trigger, bar),
            origin="scan",
        )
        played = sessions[bar.session_day]
        played.moments[close_of(bar, ruleset.timeframe)].append(signal)
        outcome = read_outcome(begun)
        played.changes[signal.key] = Change(signal.key, outcome, _seen(outcome, bar, ruleset))


def _seen(outcome: Outcome, bar: Bar, ruleset: RuleSet) -> int:
    """When the outcome of a signal on a bar was known, epoch ms: at its exit bar's close."""
    if outcome.exit_ts is None:
        return bar.session_close
    return min(outcome.exit_ts + timeframe_ms(ruleset.timeframe), bar.session_close)


def _record(
    played: Played,
    *,
    user_id: str,
    alerts: deque[DeliveredAlert],
    draw: np.random.Generator,
    labelled: float,
) -> int:
    """One session: decided moment by moment, then written whole, unannounced."""
    fired = [signal for _, signals in sorted(played.moments.items()) for signal in signals]
    with transaction.atomic():
        decisions = _decide(played, user_id=user_id, alerts=alerts)
        recorded = record_history(
            fired=fired,
            decisions=decisions,
            outcomes={key: outcome_update("", change) for key, change in played.changes.items()},
        )
        for decision in decisions:
            if decision.delivered and draw.random() < labelled:
                _label(decision, played.changes.get(decision.signal), draw, recorded.signal_ids)
        if labelled:
            _trade(fired, decisions, played, user_id=user_id, ids=recorded.signal_ids)
        withhold_announcements()
    return len(recorded.new_signal_ids)


def _decide(played: Played, *, user_id: str, alerts: deque[DeliveredAlert]) -> list[NewDecision]:
    """The governor's word on each moment, with the scores as they were when the session opened."""
    moments = sorted(played.moments.items())
    calendars = calendars_of({signal.symbol for _, signals in moments for signal in signals})
    opened = datetime.fromtimestamp(moments[0][0] / 1000, UTC)
    scores, policy = _scores(user_id, as_of=opened), policy_of(user_id, as_of=opened)
    made: list[NewDecision] = []
    for close_ms, signals in moments:
        as_of = datetime.fromtimestamp(close_ms / 1000, UTC)
        while alerts and alerts[0].fired_at <= as_of - HISTORY:
            alerts.popleft()
        moment = UserMoment(
            user_id=user_id,
            facts=UserFacts(
                policy=policy, lock=None, choices={}, alerts=list(alerts), losses={}, v2=False
            ),
            market=_market(signals, calendars),
            scores=scores,
            price=0.0,
            as_of=as_of,
        )
        decided = moment.decide(signals)
        by_key = {signal.key: signal for signal in signals}
        alerts.extend(
            _delivered(user_id, by_key[decision.signal])
            for decision in decided
            if decision.delivered
        )
        made += decided
    return made


def _scores(user_id: str, *, as_of: datetime) -> dict[str, float]:
    views = get_rule_views([(user_id, rule_id) for rule_id in RULES], as_of=as_of)
    return {rule_id: view.score.score for (_, rule_id), view in views.items()}


def _market(signals: Sequence[FiredSignal], calendars: Mapping[str, str]) -> MarketFacts:
    return MarketFacts(
        sessions={
            each.symbol: SessionFacts.of(calendars[each.symbol], each.ts) for each in signals
        },
        data_age={},
        killed={},
        calibration=None,
    )


def _delivered(user_id: str, signal: FiredSignal) -> DeliveredAlert:
    return DeliveredAlert(
        user_id,
        signal.rule_id,
        signal.symbol,
        signal.direction,
        signal.session_date,
        signal.fired_at,
    )


def _label(
    decision: NewDecision,
    change: Change | None,
    draw: np.random.Generator,
    ids: Mapping[SignalKey, str],
) -> None:
    """The label that a trader would have given, some minutes after the alert."""
    wanted = _wanted(change, draw)
    if wanted is None:
        return
    give_label(
        user_id=decision.user_id,
        signal_id=ids[decision.signal],
        label=wanted,
        notes=NOTE,
        market_ts=decision.decided_at + timedelta(minutes=float(draw.uniform(1, 12))),
    )


def _trade(
    fired: Sequence[FiredSignal],
    decisions: Sequence[NewDecision],
    played: Played,
    *,
    user_id: str,
    ids: Mapping[SignalKey, str],
) -> None:
    """Some of the session's alerts as trades. Drawn apart, so that the labels stay as they were."""
    draw = np.random.Generator(np.random.PCG64(fired[0].ts))
    sent = {decision.signal for decision in decisions if decision.delivered}
    market = _market(fired, calendars_of({signal.symbol for signal in fired}))
    for signal in fired:
        change, session = played.changes.get(signal.key), market.sessions[signal.symbol].session
        if signal.key in sent and session is not None:
            take(
                user_id,
                signal,
                None if change is None else change.outcome,
                signal_id=ids[signal.key],
                minute=(signal.ts - session.open_ms) // 60_000,
                draw=draw,
            )


def _wanted(change: Change | None, draw: np.random.Generator) -> str | None:
    verdict = None if change is None else change.outcome.verdict
    if draw.random() < LATE:
        return "late"
    if verdict is None or verdict.name == "NEUTRAL":
        return None
    agrees = draw.random() >= WRONG
    return "good" if (verdict.name == "GOOD") == agrees else "bad"
