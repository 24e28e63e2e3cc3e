"""An alert in words, for a telephone's screen (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def title_of(alert: Mapping[str, Any]) -> str:
    """`▲ LONG SPY 1m`."""
    arrow = "▲" if alert["direction"] == "long" else "▼"
    return f"{arrow} {alert['direction'].upper()} {alert['symbol']} {alert['timeframe']}"


def text_of(alert: Mapping[str, Any]) -> str:
    """Why, the levels, how sure."""
    levels = alert["levels"]
    prices = [
        f"{name} {levels[key]:g}"
        for name, key in (("Entry", "entry"), ("Stop", "stop"), ("Target", "target"))
        if levels.get(key) is not None
    ]
    sure = f"Confidence {alert['confidence'] * 100:.0f}"
    return "\n".join(filter(None, [_why(alert), " · ".join(prices), sure]))


def _why(alert: Mapping[str, Any]) -> str:
    why = alert["why"]
    return why if isinstance(why, str) else alert["ruleId"]
