"""What a label is about: a signal decided for the user, or a bar that should have fired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Self

from coach.engine.layout import TIMEFRAME_MS
from coach.engine.registry import RULES
from coach.market.calendars import EPOCH, FIRST_MS, LAST_MS, date_of
from coach.market.selectors import UnknownSymbolError, load_bars
from coach.signals.selectors import DecidedSignal, decided_signal, find_signal
from feedback.errors import InvalidFeedbackError, NoDecisionError
from feedback.selectors import FeedbackRow

MAX_NAME: Final = 40
MAX_SEQ: Final = 2**53
DEFAULT_TIMEFRAME: Final = "1m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A signal of this user, or (`signal_id` and `delivered` None) a bar on which nothing fired."""

    user_id: str
    symbol: str
    timeframe: str
    seq: int
    rule_id: str
    session_date: date
    signal_id: str | None = None
    delivered: bool | None = None
    outcome_known_at: datetime | None = None

    @property
    def key(self) -> str:
        """What names it within the user's labels."""
        return self.signal_id or f"{self.symbol}|{self.timeframe}|{self.seq}|{self.rule_id}"

    def outcome_known_by(self, moment: datetime) -> bool:
        """Whether a label given at a market time is given with hindsight."""
        return self.outcome_known_at is not None and self.outcome_known_at <= moment

    @classmethod
    def of_decision(cls, decision: DecidedSignal) -> Self:
        """The signal that a decision is about."""
        return cls(**decision._asdict())

    @classmethod
    def of_row(cls, row: FeedbackRow) -> Self:
        """What an earlier label was about."""
        return cls(
            user_id=row.user_id,
            symbol=row.symbol,
            timeframe=row.timeframe,
            seq=row.seq,
            rule_id=row.rule_id,
            session_date=row.session_date,
            signal_id=row.signal_id,
            delivered=row.delivered,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetName:
    """How a request names its target: `signal_id`, or the other four."""

    signal_id: str | None
    symbol: str | None
    timeframe: str | None
    seq: int | None
    rule_id: str | None

    def fields(self) -> dict[str, str | int | None]:
        """The names as the request spells them."""
        return {
            "signalId": self.signal_id,
            "symbol": self.symbol,
            "timeframe": self.timeframe,
            "seq": self.seq,
            "ruleId": self.rule_id,
        }


def check_name(name: TargetName) -> None:
    """Refuse what no stored signal can be called, and what a database would choke on.

    Raises:
        InvalidFeedbackError: out of bounds, both ways at once, or neither in full.
    """
    for field, value in name.fields().items():
        if isinstance(value, int) and not 0 <= value <= MAX_SEQ:
            raise InvalidFeedbackError(field, f"{value} is outside [0, {MAX_SEQ}]")
        if isinstance(value, str) and not (1 <= len(value) <= MAX_NAME and value.isprintable()):
            raise InvalidFeedbackError(field, f"1 to {MAX_NAME} printable characters")
    given = {field for field, value in name.fields().items() if value is not None}
    if "signalId" in given:
        for field in sorted(given - {"signalId"}):
            raise InvalidFeedbackError(field, "give signalId alone, or leave it out")
        return
    for field in ("symbol", "seq", "ruleId"):
        if field not in given:
            raise InvalidFeedbackError(field, "needed where signalId is not given")


def resolve(user_id: str, name: TargetName, *, label: str) -> Target:
    """Find what a checked name means; `timeframe` defaults to 1m.

    `missed` may mark a bar on which the rule did not fire; any other label needs a signal.

    Raises:
        InvalidFeedbackError: there is no such timeframe.
        NoDecisionError: this user has no decision about it, or it is no bar, or no rule.
    """
    if name.signal_id is not None:
        return _of_signal(user_id, name.signal_id)
    bar = Target(
        user_id=user_id,
        symbol=str(name.symbol),
        timeframe=name.timeframe or DEFAULT_TIMEFRAME,
        seq=int(name.seq or 0),
        rule_id=str(name.rule_id),
        session_date=EPOCH,
    )
    signal = find_signal(
        symbol=bar.symbol, timeframe=bar.timeframe, seq=bar.seq, rule_id=bar.rule_id
    )
    if signal is not None:
        return _of_signal(user_id, signal.id)
    if label != "missed":
        raise NoDecisionError(
            "seq", f"{bar.rule_id} did not fire on {bar.symbol} {bar.timeframe} {bar.seq}"
        )
    return replace(bar, session_date=_session_date(bar))


def _session_date(bar: Target) -> date:
    """The session date of a closed bar of a regular session, on which a rule could have fired."""
    if bar.rule_id not in RULES:
        raise NoDecisionError("ruleId", f"{bar.rule_id!r} is none of {', '.join(RULES)}")
    if bar.timeframe not in TIMEFRAME_MS:
        raise InvalidFeedbackError(
            "timeframe", f"{bar.timeframe!r} is none of {', '.join(TIMEFRAME_MS)}"
        )
    step = TIMEFRAME_MS[bar.timeframe]
    nothing = NoDecisionError("seq", f"{bar.symbol} has no {bar.timeframe} bar {bar.seq}")
    if not FIRST_MS <= bar.seq * step < LAST_MS:
        raise nothing
    try:
        bars = load_bars(bar.symbol, bar.timeframe, bar.seq * step, (bar.seq + 1) * step)
    except UnknownSymbolError:
        raise NoDecisionError("symbol", f"there is no {bar.symbol!r}") from None
    if not len(bars):
        raise nothing
    return date_of(int(bars.session_day[0]))


def _of_signal(user_id: str, signal_id: str) -> Target:
    decision = decided_signal(user_id, signal_id)
    if decision is None:
        raise NoDecisionError("signalId", f"no signal {signal_id!r} was decided for you")
    return Target.of_decision(decision)
