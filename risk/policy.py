"""A user's limits: what the governor enforces, with defaults and bounds (pure)."""

import math
from dataclasses import dataclass, fields
from typing import Final, Literal

LossSource = Literal["trades", "alerts"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a field accepts: a number in [low, high], whole if ``whole``, None if ``optional``."""

    low: float
    high: float
    whole: bool = False
    optional: bool = False

    def problem(self, value: object) -> str | None:
        """Why ``value`` is refused, naming the bound; None if it is fine."""
        if value is None:
            return None if self.optional else "may not be empty"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{value!r} is not a number"
        if self.whole and math.isfinite(value) and value != int(value):
            return f"{value} is not a whole number"
        if not self.low <= value <= self.high:
            return f"{value:g} is outside [{self.low:g}, {self.high:g}]"
        return None


BOUNDS: Final[dict[str, Bound]] = {
    "base_confidence": Bound(0.30, 0.95),
    "cooldown_seconds": Bound(0, 14_400, whole=True),
    "daily_loss_r": Bound(0.25, 100.0, optional=True),
    "loss_streak": Bound(1, 50, whole=True, optional=True),
    "alerts_per_hour": Bound(1, 1_000, whole=True, optional=True),
    "stale_after_bars": Bound(1, 60),
    "daily_alert_budget": Bound(1, 1_000, whole=True, optional=True),
}
LOSS_SOURCES: Final[tuple[LossSource, ...]] = ("trades", "alerts")


class PolicyError(ValueError):
    """A policy out of bounds; ``problems`` maps each field to what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """Limits of one user; None switches a limit off.

    ``base_confidence`` the confidence gate at score 0; ``cooldown_seconds`` between alerts of one
    rule, symbol and direction; ``daily_loss_r`` and ``loss_streak`` lock to the session's end, fed
    by ``loss_source`` (the trader's journal trades, or the matured R of delivered alerts; always
    "alerts" in backtests); ``alerts_per_hour`` in the trailing 60 minutes (V1);
    ``stale_after_bars`` of data age; ``daily_alert_budget`` alerts a session (V2).

    Raises PolicyError with every field that is out of bounds.
    """

    base_confidence: float = 0.60
    cooldown_seconds: int = 900
    daily_loss_r: float | None = 3.0
    loss_streak: int | None = 4
    alerts_per_hour: int | None = 12
    stale_after_bars: float = 3
    loss_source: LossSource = "trades"
    daily_alert_budget: int | None = None

    def __post_init__(self) -> None:
        problems = policy_problems(
            {field.name: getattr(self, field.name) for field in fields(self)}
        )
        if problems:
            raise PolicyError(problems)


def policy_problems(values: dict[str, object]) -> dict[str, str]:
    """What is wrong with each given field, empty if nothing is; fields not given are not judged."""
    problems = {}
    for name, value in values.items():
        if name == "loss_source":
            text = None if value in LOSS_SOURCES else f"{value!r} is none of trades, alerts"
        elif name in BOUNDS:
            text = BOUNDS[name].problem(value)
        else:
            text = "is not a limit"
        if text is not None:
            problems[name] = text
    return problems
