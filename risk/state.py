"""What the governor looks at: the signal, and the state of one user at one moment (pure).

All times are market time in epoch ms, UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Final, Literal, Self

from learning.calibration import Calibration

Direction = Literal["long", "short"]
CooldownKey = tuple[str, str, Direction]

HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class GovernorSignal:
    """A fired signal as the gates see it.

    ``close_ms`` the close time of its bar, ``confidence`` in [0, 1], ``regime`` the trend half of
    its regime (trend, range or unknown), ``zone`` the exchange's time zone, for clock times in the
    reason.
    """

    symbol: str
    timeframe: str
    rule_id: str
    direction: Direction
    confidence: float
    close_ms: int
    zone: tzinfo
    regime: str = "unknown"

    @property
    def order(self) -> tuple[str, str, str]:
        """Signals of one moment are decided in this order."""
        return self.symbol, self.timeframe, self.rule_id

    @property
    def cooldown_key(self) -> CooldownKey:
        """Alerts with the same key share a cooldown."""
        return self.rule_id, self.symbol, self.direction


@dataclass(frozen=True, slots=True)
class Losses:
    """The session's results so far, in the order in which they became known.

    ``r_sum`` in R and ``streak`` of losses are where they stand; ``worst_r_sum`` and
    ``worst_streak`` where they have been, because a limit once reached locks to the session's end.
    A result of exactly 0 R neither extends a streak nor ends it.
    """

    r_sum: float = 0.0
    streak: int = 0
    worst_r_sum: float = 0.0
    worst_streak: int = 0

    def after(self, r: float) -> Self:
        """With one more result."""
        r_sum = self.r_sum + r
        streak = self.streak + 1 if r < 0 else 0 if r > 0 else self.streak
        return replace(
            self,
            r_sum=r_sum,
            streak=streak,
            worst_r_sum=min(self.worst_r_sum, r_sum),
            worst_streak=max(self.worst_streak, streak),
        )

    @classmethod
    def of(cls, results: Iterable[float]) -> Self:
        """From the R of each result, in order."""
        losses = cls()
        for r in results:
            losses = losses.after(r)
        return losses


@dataclass(frozen=True, slots=True)
class ManualLock:
    """The trader's own lock; without ``until_ms`` it holds until it is taken off."""

    until_ms: int | None = None

    def holds(self, as_of: int) -> bool:
        """Whether it still holds at a moment."""
        return self.until_ms is None or as_of < self.until_ms


@dataclass(frozen=True, slots=True)
class ValueInputs:
    """What V2 adds; its presence in the state means that V2 is switched on for this user.

    ``calibration`` None before the first nightly fit; ``price`` the EV in R that the user's alert
    budget asks for (``risk.price``), 0 without a budget.
    """

    calibration: Calibration | None
    price: float = 0.0


@dataclass(frozen=True, slots=True)
class GovernorState:
    """One user at one moment.

    ``last_delivered`` the bar close time of the last alert per (rule, symbol, direction), nights
    included; ``delivered_ms`` bar close times of alerts, at least those of the last 60 minutes;
    ``delivered_in_session`` the session's count; ``losses`` those of the policy's loss source;
    ``data_age_bars`` how old the newest data of the symbol are, in bars; ``killed`` the sentence of
    the evidence for every killed rule; ``session_end_ms`` and ``next_open_ms`` where known.
    """

    last_delivered: Mapping[CooldownKey, int] = field(default_factory=dict)
    delivered_ms: tuple[int, ...] = ()
    delivered_in_session: int = 0
    losses: Losses = Losses()
    manual_lock: ManualLock | None = None
    killed: Mapping[str, str] = field(default_factory=dict)
    data_age_bars: float = 0.0
    in_session: bool = True
    session_end_ms: int | None = None
    next_open_ms: int | None = None
    value: ValueInputs | None = None

    def after_alert(self, signal: GovernorSignal) -> Self:
        """The state once ``signal`` was delivered."""
        horizon = signal.close_ms - HOUR_MS
        recent = [at for at in self.delivered_ms if at > horizon]
        return replace(
            self,
            last_delivered={**self.last_delivered, signal.cooldown_key: signal.close_ms},
            delivered_ms=(*recent, signal.close_ms),
            delivered_in_session=self.delivered_in_session + 1,
        )

    def open_session(self, *, session_end_ms: int | None = None) -> Self:
        """The state at the start of a session: its losses and its count begin anew."""
        return replace(
            self,
            losses=Losses(),
            delivered_in_session=0,
            in_session=True,
            session_end_ms=session_end_ms,
            next_open_ms=None,
        )
