"""The presets that come with the product: requests that run on the market that is there (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from coach.engine.ruleset import CORE_RULES
from coach.market.calendars import sessions_before
from coach.market.selectors import InstrumentRow

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shipped:
    """A preset: rules on the last so many sessions of a symbol.

    ``choice``: which of the market's symbols it takes, counted around.
    """

    id: str
    name: str
    description: str
    rules: tuple[Json, ...]
    sessions: int = 20
    timeframe: str = "1m"
    choice: int = 0
    options: Json = field(default_factory=dict)


def _rule(rule_id: str, **params: float) -> Json:
    return {"ruleId": rule_id, "params": params}


_CORE: Final = tuple(_rule(rule_id) for rule_id in CORE_RULES)

SHIPPED: Final = (
    Shipped(
        "shipped-core",
        "Core rules, a month",
        "EMA cross, LTP breakout and VWAP reclaim as they run live.",
        _CORE,
    ),
    Shipped(
        "shipped-gates",
        "Core rules through my gates",
        "The same triggers through your confidence, cooldown and loss gates: what they saved and "
        "cost you, in R.",
        _CORE,
        options={"governor": True},
    ),
    Shipped(
        "shipped-breakout",
        "Breakouts with room",
        "LTP breakout over 60 bars that clears the level by a tenth of an ATR.",
        (_rule("ltp_breakout", lookback=60, bufferAtr=0.1),),
        choice=1,
    ),
    Shipped(
        "shipped-ema-fast",
        "Fast EMA cross, 5 minutes",
        "EMA 9 over 21 on five-minute bars.",
        (_rule("ema_cross", fast=9, slow=21),),
        timeframe="5m",
        choice=2,
    ),
    Shipped(
        "shipped-vwap",
        "Patient VWAP reclaim",
        "Ten closes on the wrong side of VWAP before the reclaim counts.",
        (_rule("vwap_reclaim", minBars=10, bufferAtr=0.1),),
        choice=3,
    ),
    Shipped(
        "shipped-open",
        "The first hour",
        "Opening range and the prior day's high and low.",
        (_rule("opening_range_breakout"), _rule("prior_day_break")),
        choice=4,
    ),
    Shipped(
        "shipped-reversal",
        "Turning points",
        "RSI reversals beside volume spikes.",
        (_rule("rsi_reversal"), _rule("volume_spike")),
        choice=5,
    ),
)


def shipped_presets(instruments: Sequence[InstrumentRow]) -> list[Json]:
    """Every shipped preset as the API gives it, on instruments that have bars."""
    able = [each for each in instruments if each.data_range is not None]
    return [_resolved(each, able[each.choice % len(able)]) for each in SHIPPED] if able else []


def _resolved(preset: Shipped, instrument: InstrumentRow) -> Json:
    first, last = _dates(instrument, preset.sessions)
    return {
        "id": preset.id,
        "name": preset.name,
        "description": preset.description,
        "shipped": True,
        "request": {
            "symbol": instrument.symbol,
            "timeframe": preset.timeframe,
            "start": first,
            "end": last,
            "rules": [dict(each) for each in preset.rules],
            "session": "regular",
            **preset.options,
        },
    }


def _dates(instrument: InstrumentRow, count: int) -> tuple[str, str]:
    """First and last date of the last sessions that have closed, or begun where none has."""
    assert instrument.data_range is not None  # noqa: S101 - the caller chose it for that
    start, end = instrument.data_range
    sessions = [
        each for each in sessions_before(instrument.calendar, end, count) if each.close_ms > start
    ] or sessions_before(instrument.calendar, end + 4 * 86_400_000, 1)
    return sessions[0].date.isoformat(), sessions[-1].date.isoformat()
