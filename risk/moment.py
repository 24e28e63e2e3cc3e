"""The signals of one moment, decided for one user in order, each alert counting for the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final, NamedTuple

from coach.market.calendars import Session, next_open, session_at, zone
from coach.signals.records import FiredSignal, NewDecision, RuleChoice
from learning.calibration import Calibration
from risk.gate import Block, GateCode
from risk.governor import Decision, decide
from risk.selectors import UserFacts, to_ms
from risk.state import GovernorSignal, GovernorState, Losses, ValueInputs
from risk.wording import clock

RULE_OFF: Final = "rule_off"
RULE_MUTED: Final = "rule_muted"


class Switch(NamedTuple):
    """A rule that its user has switched off or muted: a reason that is no gate's."""

    code: str
    reason: str
    until: int | None


class SessionFacts(NamedTuple):
    """The session a signal's bar lies in, of its symbol's calendar."""

    calendar: str
    session: Session | None
    next_open_ms: int | None

    @classmethod
    def of(cls, calendar: str, ts_ms: int) -> SessionFacts:
        """For a bar that opens at `ts_ms`: the close of a session's last bar is no longer in it."""
        session = session_at(calendar, ts_ms)
        return cls(calendar, session, None if session else next_open(calendar, ts_ms))


class MarketFacts(NamedTuple):
    """What the gates know of the market and of the rules, the same for every user.

    `data_age` in bars by symbol; `killed` the sentence of the evidence by killed rule;
    `calibration` the one in force, None before the first.
    """

    sessions: Mapping[str, SessionFacts]
    data_age: Mapping[str, float]
    killed: Mapping[str, str]
    calibration: Calibration | None


@dataclass(slots=True)
class UserMoment:
    """One user's governor during one moment."""

    user_id: str
    facts: UserFacts
    market: MarketFacts
    scores: Mapping[str, float]
    price: float
    as_of: datetime

    def decide(self, signals: Sequence[FiredSignal]) -> list[NewDecision]:
        """Decide the signals by (symbol, timeframe, ruleId)."""
        state = self._state()
        in_session = Counter(self.facts.sent)
        made = []
        for signal in sorted(signals, key=lambda one: (one.symbol, one.timeframe, one.rule_id)):
            seen = self._governor_signal(signal)
            now = self._at(state, signal, in_session)
            decision = self._decide(seen, now)
            made.append(self._new(signal, decision, self._shadow(seen, now)))
            if made[-1].delivered:
                state = state.after_alert(seen)
                in_session[signal.session_date] += 1
        return made

    def _state(self) -> GovernorState:
        alerts = self.facts.alerts
        return GovernorState(
            last_delivered={
                (
                    alert.rule_id,
                    alert.symbol,
                    "long" if alert.direction == "long" else "short",
                ): to_ms(alert.fired_at)
                for alert in alerts
            },
            delivered_ms=tuple(to_ms(alert.fired_at) for alert in alerts),
            manual_lock=self.facts.manual_lock,
            killed=self.market.killed,
        )

    def _at(
        self, state: GovernorState, signal: FiredSignal, in_session: Mapping[date, int]
    ) -> GovernorState:
        """The state as it concerns one symbol."""
        facts = self.market.sessions[signal.symbol]
        return replace(
            state,
            delivered_in_session=in_session.get(signal.session_date, 0),
            losses=self.facts.losses.get(signal.session_date, Losses()),
            data_age_bars=self.market.data_age.get(signal.symbol, 0.0),
            in_session=facts.session is not None,
            session_end_ms=facts.session.close_ms if facts.session else None,
            next_open_ms=facts.next_open_ms,
            value=self._value_inputs() if self.facts.v2 else None,
        )

    def _value_inputs(self) -> ValueInputs:
        return ValueInputs(calibration=self.market.calibration, price=self.price)

    def _governor_signal(self, signal: FiredSignal) -> GovernorSignal:
        return GovernorSignal(
            symbol=signal.symbol,
            timeframe=signal.timeframe,
            rule_id=signal.rule_id,
            direction="long" if signal.direction == "long" else "short",
            confidence=signal.confidence,
            close_ms=to_ms(signal.fired_at),
            zone=zone(self.market.sessions[signal.symbol].calendar),
            regime=signal.regime_trend,
        )

    def _decide(self, signal: GovernorSignal, state: GovernorState) -> Decision:
        score = self.scores[signal.rule_id]
        return decide(signal, self.facts.policy, state, score, to_ms(self.as_of))

    def _shadow(self, signal: GovernorSignal, state: GovernorState) -> dict[str, Any] | None:
        """What the other governor would have decided, given the same alerts so far."""
        calibration = self.market.calibration
        if calibration is None or not calibration.ready:
            return None
        other = replace(state, value=None if self.facts.v2 else self._value_inputs())
        decision = self._decide(signal, other)
        return {
            "governor": decision.governor,
            "delivered": decision.delivered,
            "reasonCode": decision.code.value,
            "reason": decision.reason,
            "numbers": decision.numbers,
        }

    def _new(
        self, signal: FiredSignal, decision: Decision, shadow: dict[str, Any] | None
    ) -> NewDecision:
        choice = self.facts.choices.get(signal.rule_id)
        exchange = zone(self.market.sessions[signal.symbol].calendar)
        # The user's own switch of the rule comes before every gate.
        off = switched_off(choice, as_of=self.as_of, exchange=exchange)
        gate = off or Block(decision.code, decision.reason, decision.until)
        return NewDecision(
            user_id=self.user_id,
            signal=signal.key,
            delivered=gate.code == GateCode.DELIVERED,
            reason_code=str(gate.code),
            reason=gate.reason,
            decided_at=self.as_of,
            numbers=decision.numbers,
            until=None if gate.until is None else datetime.fromtimestamp(gate.until / 1000, UTC),
            governor=decision.governor,
            mode="on" if choice is None else choice.mode,
            shadow=shadow,
        )


def switched_off(choice: RuleChoice | None, *, as_of: datetime, exchange: tzinfo) -> Switch | None:
    """Why a user's own choice holds a rule back at a market time, or None."""
    if choice is None:
        return None
    if choice.mode == "off":
        return Switch(RULE_OFF, "rule switched off by you", None)
    if choice.muted_until is None or as_of >= choice.muted_until:
        return None
    until = to_ms(choice.muted_until)
    words = clock(until, exchange, seen_ms=to_ms(as_of))
    return Switch(RULE_MUTED, f"rule muted by you until {words}", until)
