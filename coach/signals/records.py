"""What crosses this room's border: a signal that fired, a decision about it, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple


class SignalKey(NamedTuple):
    """What makes a signal that signal, whoever records it and however often."""

    symbol: str
    timeframe: str
    seq: int
    rule_id: str
    rule_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFacts:
    """What a rule found on a closed bar. `ts` is the bar's open in epoch ms UTC, `fired_at` its
    close as market time, `atr` the unit of R, `features` the six confidence features by name."""

    symbol: str
    timeframe: str
    seq: int
    ts: int
    session_date: date
    rule_id: str
    rule_version: str
    direction: str
    confidence: float
    price: float
    level: float
    atr: float
    regime_trend: str
    regime_volatility: str
    warm: bool
    features: Mapping[str, float]
    engine_version: str
    fired_at: datetime

    @property
    def key(self) -> SignalKey:
        return SignalKey(self.symbol, self.timeframe, self.seq, self.rule_id, self.rule_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredSignal(SignalFacts):
    """A rule has fired; not recorded yet. `tape` holds the seconds before, packed."""

    origin: str = "live"
    tape: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """What a user's governor said to a signal, before it has its number. Times are market time."""

    user_id: str
    signal: SignalKey
    delivered: bool
    reason_code: str
    reason: str
    decided_at: datetime
    numbers: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    governor: str = "v1"
    mode: str = "on"
    shadow: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUpdate:
    """What is known of a signal's outcome now: the entry, the exit, or that its horizon passed."""

    signal_id: str
    state: str
    entry: float | None = None
    r: float | None = None
    exit: str | None = None
    hold_bars: int | None = None
    mfe: float | None = None
    mae: float | None = None
    ambiguous: bool = False
    verdict: str | None = None
    known_at: datetime | None = None
    matured_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFacts:
    """A signal's outcome as stored. R, MFE and MAE in units of the signal's ATR."""

    state: str
    r: float | None
    exit: str | None
    hold_bars: int | None
    mfe: float | None
    mae: float | None
    ambiguous: bool
    verdict: str | None
    known_at: datetime | None
    matured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow(SignalFacts):
    """A recorded signal."""

    id: str
    origin: str
    entry: float | None
    outcome: OutcomeFacts
    revision_verdict: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A recorded decision with its signal."""

    id: str
    user_id: str
    n: int
    delivered: bool
    reason_code: str
    reason: str
    numbers: Mapping[str, Any]
    until: datetime | None
    governor: str
    mode: str
    shadow: Mapping[str, Any] | None
    latency: Mapping[str, float]
    decided_at: datetime
    signal: SignalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredAlertRow:
    """As much of an alert as says where else it goes. `created_at` is wall time."""

    id: str
    user_id: str
    rule_id: str
    confidence: float
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChoice:
    """A user's setting of a rule. `muted_until` is market time."""

    mode: str
    muted_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A committed event that waits for the relay. `payload` is what the event's maker wrote; `name`
    is this announcement's alone, also against an older database's."""

    id: int
    name: str
    kind: str
    user_id: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `record_moment` wrote: the ids of every signal by key, and what was new."""

    signal_ids: Mapping[SignalKey, str]
    new_signal_ids: tuple[str, ...]
    new_decision_ids: tuple[str, ...]
