"""Which alert an imported trade was taken on: a broker's file does not say (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from coach.signals.records import SignalRow
from feedback.journal.records import TradeFacts

WINDOW: Final = timedelta(minutes=5)
"""An alert older than that was not what the trader acted on."""


def match(
    trades: Mapping[str, TradeFacts], alerts: Sequence[SignalRow], *, taken: Iterable[str]
) -> dict[str, SignalRow]:
    """The alert of each trade that has one, by the trade's key: of the same symbol and direction,
    fired within five minutes before the entry, the latest of them. An alert is one trade's; the
    earlier entry comes first. `taken` are the signals that have their trade already."""
    free = {alert.id: alert for alert in alerts if alert.id not in set(taken)}
    found = {}
    for key, facts in sorted(trades.items(), key=lambda item: (item[1].entry_ts, item[0])):
        fitting = [alert for alert in free.values() if _fits(facts, alert)]
        if fitting:
            found[key] = max(fitting, key=lambda alert: (alert.fired_at, alert.confidence))
            del free[found[key].id]
    return found


def _fits(facts: TradeFacts, alert: SignalRow) -> bool:
    return (alert.symbol, alert.direction) == (facts.symbol, facts.side) and timedelta(
        0
    ) <= facts.entry_ts - alert.fired_at <= WINDOW
