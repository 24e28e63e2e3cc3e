"""What a gate says when it fails (pure)."""

from enum import StrEnum
from typing import NamedTuple


class GateCode(StrEnum):
    """Which gate gave the reason; ``DELIVERED`` when none failed."""

    MANUAL_LOCK = "manual_lock"
    KILLED = "killed"
    STALE_DATA = "stale_data"
    SESSION = "session"
    DAILY_LOSS = "daily_loss"
    LOSS_STREAK = "loss_streak"
    CONFIDENCE = "confidence"
    EXPECTED_VALUE = "expected_value"
    COOLDOWN = "cooldown"
    ALERTS_PER_HOUR = "alerts_per_hour"
    BUDGET = "budget"
    DELIVERED = "delivered"


class Block(NamedTuple):
    """A gate that failed.

    ``reason`` in words and numbers; ``until`` epoch ms when it will open, where that is known.
    """

    code: GateCode
    reason: str
    until: int | None = None
