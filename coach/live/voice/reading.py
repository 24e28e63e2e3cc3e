"""What a voice session reads and writes in the database. Blocking: call it in its thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from coach.accounts.selectors import get_settings
from coach.live.alerts import alerts_json, label_json
from coach.live.voice.mutes import muted_until
from coach.market.selectors import market_now, tick_sizes_of
from coach.signals.selectors import decision_about
from feedback import services
from feedback.errors import FeedbackError


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a user wants to be spoken to.

    Attributes:
        symbols: symbol to `on`, `silent` (captions alone) or `off`; on where none is named.
        muted: symbols that are not spoken about now.
    """

    rate: float
    symbols: Mapping[str, str]
    muted: frozenset[str]


def read_wishes(user_id: str) -> Wishes:
    """The user's settings and mutes as they are now."""
    voice = get_settings(user_id)["voice"]
    muted = muted_until(user_id=user_id, now=datetime.now(UTC))
    return Wishes(voice["rate"], voice["symbols"], frozenset(muted))


def read_tick(symbol: str) -> float:
    """The tick size of a symbol."""
    return tick_sizes_of({symbol})[symbol]


def read_market_ms() -> float:
    """The market's clock, epoch ms."""
    return market_now().timestamp() * 1000


def read_alert(user_id: str, signal_id: str) -> dict[str, Any] | None:
    """The alert as the client has it; None: no alert of this user."""
    decision = decision_about(user_id, signal_id)
    return None if decision is None else alerts_json([decision])[0]


def write_label(user_id: str, signal_id: str, label: str) -> dict[str, Any]:
    """Label a signal; what the client shows of it.

    Raises:
        FeedbackError: no decision of this user, or the label cannot be taken.
    """
    result = services.give_label(
        user_id=user_id, label=label, market_ts=market_now(), signal_id=signal_id
    )
    if result.feedback is None:
        raise FeedbackError("label", "was not taken")
    return {"signalId": signal_id, "label": label_json(result.feedback), **result.effects}
