"""The promises in `objectives.toml`, and how fast their error budgets burn (pure).

Burn rate and its thresholds: "The Site Reliability Workbook", chapter 5, multiwindow alerts on
several burn rates. A burn rate of 1 spends the budget exactly within the window.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("objectives.toml")
UNITS = {"m": 60, "h": 3600, "d": 86_400}
BURN_WINDOWS = ("5m", "30m", "1h", "6h", "3d")
SHOWN_WINDOWS = ("5m", "1h", "6h", "3d")


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise: `objective` of all samples of `window` are within `within_ms`."""

    name: str
    title: str
    measure: str
    histogram: str
    within_ms: float
    objective: float
    window: str


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """Fires when the budget burns faster than `rate` over both windows."""

    severity: str
    rate: float
    long: str
    short: str


ALERTS = (
    BurnAlert("page", 14.4, "1h", "5m"),
    BurnAlert("page", 6.0, "6h", "30m"),
    BurnAlert("ticket", 1.0, "3d", "6h"),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Samples of a period, and how many of them kept the promise."""

    good: int
    total: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a promise stands. None where there were no samples.

    Attributes:
        sli: share of good samples over the objective's window.
        budget_left: share of the error budget not yet spent; negative when overspent.
        burn: burn rate by window.
        state: ok, ticket, page, or noData.
        count: samples in the objective's window.
    """

    sli: float | None
    budget_left: float | None
    burn: Mapping[str, float | None]
    state: str
    count: int = 0


def seconds(window: str) -> int:
    """`5m`, `6h`, `30d` in seconds."""
    return int(window[:-1]) * UNITS[window[-1]]


@cache
def load_objectives() -> tuple[Objective, ...]:
    """The promises, in the order of the file."""
    tables = tomllib.loads(FILE.read_text())["objective"]
    return tuple(Objective(**table) for table in tables)


def standing(objective: Objective, tallies: Mapping[str, Tally]) -> Standing:
    """How a promise stands, from its tallies over its own window and every `BURN_WINDOWS`."""
    budget = 1 - objective.objective
    whole = tallies[objective.window]
    burn = {window: _burn(tallies[window], budget) for window in BURN_WINDOWS}
    if not whole.total:
        return Standing(None, None, burn, "noData")
    sli = whole.good / whole.total
    return Standing(sli, 1 - (1 - sli) / budget, burn, _state(burn), whole.total)


def _burn(tally: Tally, budget: float) -> float | None:
    return (1 - tally.good / tally.total) / budget if tally.total else None


def _state(burn: Mapping[str, float | None]) -> str:
    for alert in ALERTS:
        if all((burn[window] or 0) > alert.rate for window in (alert.long, alert.short)):
            return alert.severity
    return "ok"
