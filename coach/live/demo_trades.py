"""The trades of the demo's history: some of its alerts taken, some left before their outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from coach.engine.tracking import Outcome
from coach.signals.records import FiredSignal
from feedback.journal.services import add_demo_trade

TAKEN: Final = 0.12
EARLY: Final = 0.3
"""Shares of the alerts that were taken, and of these of the trades left before their outcome."""
SLIP: Final = 0.08
"""Of the unit at most: the entry is worse than the next bar's open by that."""
CHASED: Final = 0.05
SHARES: Final = 500.0
FEES: Final = 2.0
OPENING_MINUTES: Final = 30


def take(
    user_id: str,
    signal: FiredSignal,
    outcome: Outcome | None,
    *,
    signal_id: str,
    minute: int,
    draw: np.random.Generator,
) -> None:
    """Keep the trade that a trader might have made of an alert; of most he makes none.

    Args:
        minute: minutes since the session's open.
    """
    if draw.random() >= TAKEN or outcome is None:
        return
    if outcome.entry is None or outcome.exit is None or outcome.exit_ts is None:
        return
    given = _trade(signal, outcome, minute, draw)
    add_demo_trade(
        user_id=user_id, given={"signal_id": signal_id, **given}, market_ts=given["exit_ts"]
    )


def _trade(
    signal: FiredSignal, outcome: Outcome, minute: int, draw: np.random.Generator
) -> dict[str, Any]:
    assert outcome.entry is not None  # noqa: S101 - its caller looked
    assert outcome.exit is not None  # noqa: S101
    assert outcome.exit_ts is not None  # noqa: S101
    side = 1 if signal.direction == "long" else -1
    slip = float(draw.uniform(0, SLIP))
    early = bool(draw.random() < EARLY)
    part = float(draw.uniform(0.3, 0.8)) if early else 1.0
    entry_ms = outcome.entry_ts or signal.ts
    exit_ms = entry_ms + max(60_000, int((outcome.exit_ts + 60_000 - entry_ms) * part))
    tags = [
        *(["opening"] if minute < OPENING_MINUTES else []),
        *(["chased"] if slip > CHASED else []),
        *(["left early"] if early else []),
    ]
    return {
        "quantity": SHARES,
        "entry_ts": _time(entry_ms),
        "entry_price": round(outcome.entry + side * slip * signal.atr, 2),
        "stop": round(outcome.entry - side * signal.atr, 2),
        "exit_ts": _time(exit_ms),
        "exit_price": round(outcome.entry + (outcome.exit - outcome.entry) * part, 2),
        "fees": FEES,
        "tags": tuple(tags),
    }


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
