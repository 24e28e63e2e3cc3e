"""Writes of the journal: keep a trade, change it, take it out, put it back.

The R of a trade that is linked to an alert replaces the automatic one in the learning evidence, in
the trade's own transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from coach.signals.payload import levels_json
from coach.signals.records import SignalRow
from coach.signals.selectors import decision_about, get_signals
from feedback.journal import results
from feedback.journal.bars import dated, from_ms, measured
from feedback.journal.checking import problems
from feedback.journal.errors import InvalidTradeError, TradeConflictError, UnknownTradeError
from feedback.journal.figures import r_of, unit_of
from feedback.journal.records import TradeFacts, TradeRow, joined
from feedback.journal.selectors import find_trade, linked_signals, trade_facts, trade_row
from feedback.models import Trade
from feedback.turns import lock, turn

FROM_ALERT = ("symbol", "side", "entry_ts", "entry_price", "stop", "planned")
"""What an alert knows of a trade, so that one click is enough."""


def add_trade(
    *, user_id: str, given: Mapping[str, Any], market_ts: datetime, latest: datetime
) -> TradeRow:
    """Keep a trade. With `signal_id` whatever else `given` leaves out is the alert's: symbol, side,
    entry and stop, the time the market's now.

    Args:
        given: columns of `TradeFacts`.
        market_ts: the market clock at receipt.
        latest: nothing was traded later than that.

    Raises:
        InvalidTradeError: names every field that is missing or out of bounds.
        UnknownTradeError: no such alert was decided for this user.
        TradeConflictError: the alert has its trade already.
    """
    source = Trade.Source.ALERT if given.get("signal_id") else Trade.Source.MANUAL
    return _add(user_id, given, source, market_ts=market_ts, latest=latest)


def add_demo_trade(*, user_id: str, given: Mapping[str, Any], market_ts: datetime) -> TradeRow:
    """Keep a trade that says that it is the demo's; otherwise as `add_trade`."""
    return _add(user_id, given, Trade.Source.DEMO, market_ts=market_ts, latest=market_ts)


def _add(
    user_id: str,
    given: Mapping[str, Any],
    source: Trade.Source,
    *,
    market_ts: datetime,
    latest: datetime,
) -> TradeRow:
    signal = _signal(user_id, given.get("signal_id"))
    facts = _facts(given, signal, market_ts)
    _check(facts, signal, latest)
    trade = Trade(user_id=user_id, source=source, market_ts=market_ts)
    apply_facts(trade, facts, signal, market_ts=market_ts)
    return _save(trade, _by_id(signal), market_ts)


def change_trade(
    *,
    user_id: str,
    trade_id: UUID,
    change: Mapping[str, Any],
    market_ts: datetime,
    latest: datetime,
) -> TradeRow:
    """Change some columns of a trade, its alert included (`signal_id` None: no longer linked).

    Raises:
        As `add_trade`; UnknownTradeError also for a trade that is not this user's or is deleted.
    """
    trade = _own(user_id, trade_id)
    if trade.deleted_at is not None:
        raise UnknownTradeError("id", f"trade {trade_id} is deleted; restore it first")
    before = trade.signal_id
    facts = replace(trade_facts(trade), **change)
    signal = _signal(user_id, facts.signal_id)
    _check(facts, signal, latest)
    apply_facts(trade, facts, signal, market_ts=market_ts)
    return _save(trade, {**_signals_of(before), **_by_id(signal)}, market_ts)


def delete_trade(*, user_id: str, trade_id: UUID, market_ts: datetime, wall: datetime) -> TradeRow:
    """Take a trade out of the journal; `restore_trade` brings it back. Once more changes nothing.

    Raises:
        UnknownTradeError: no trade of this user has that id.
    """
    trade = _own(user_id, trade_id)
    if trade.deleted_at is not None:
        return trade_row(trade)
    trade.deleted_at = wall
    return _save(trade, _signals_of(trade.signal_id), market_ts)


def restore_trade(*, user_id: str, trade_id: UUID, market_ts: datetime) -> TradeRow:
    """Undo a deletion. On a trade that is there it changes nothing.

    Raises:
        UnknownTradeError: no trade of this user has that id.
        TradeConflictError: its alert has got another trade since.
    """
    trade = _own(user_id, trade_id)
    if trade.deleted_at is None:
        return trade_row(trade)
    trade.deleted_at = None
    return _save(trade, _signals_of(trade.signal_id), market_ts)


def apply_facts(
    trade: Trade, facts: TradeFacts, signal: SignalRow | None, *, market_ts: datetime
) -> None:
    """Set a trade's columns from what was said of it, its figures from bars and alert."""
    unit = unit_of(
        entry_price=facts.entry_price, stop=facts.stop, signal_atr=signal.atr if signal else None
    )
    moved = measured(facts, unit, as_of=market_ts) if facts.exit_ts else None
    for name in (
        *("symbol", "side", "quantity", "entry_ts", "entry_price", "exit_ts", "exit_price"),
        *("stop", "fees", "planned", "notes", "signal_id"),
    ):
        setattr(trade, name, getattr(facts, name))
    trade.tags = joined(facts.tags)
    trade.rule_id = signal.rule_id if signal else ""
    trade.regime = signal.regime_trend if signal else ""
    trade.session_date = dated(facts)
    trade.unit = unit
    trade.r = r_of(
        side=facts.side,
        quantity=facts.quantity,
        entry_price=facts.entry_price,
        exit_price=facts.exit_price,
        fees=facts.fees,
        unit=unit,
    )
    trade.mfe, trade.mae = (moved.mfe, moved.mae) if moved else (None, None)
    if facts.exit_ts is None:
        trade.closed_ts = None
    elif trade.closed_ts is None:
        trade.closed_ts = market_ts


def disagreements(facts: TradeFacts, signal: SignalRow) -> dict[str, str]:
    """Why a trade cannot be the one that was taken on an alert, by field; empty if it can."""
    found = {}
    if facts.symbol != signal.symbol:
        found["symbol"] = f"the alert was on {signal.symbol}, not {facts.symbol}"
    if facts.side != signal.direction:
        found["side"] = f"the alert was {signal.direction}; a trade the other way is not its trade"
    if facts.entry_ts < from_ms(signal.ts):
        found["entryTime"] = f"before the alert's bar of {from_ms(signal.ts).isoformat()}"
    return found


def _facts(given: Mapping[str, Any], signal: SignalRow | None, now: datetime) -> TradeFacts:
    known = {**({} if signal is None else _prefilled(signal, now)), **given}
    names = {
        "symbol": "symbol",
        "side": "side",
        "quantity": "quantity",
        "entry_ts": "entryTime",
        "entry_price": "entryPrice",
    }
    missing = {api: "This field is required." for own, api in names.items() if own not in known}
    if missing:
        raise InvalidTradeError(missing)
    return TradeFacts(**known)


def _prefilled(signal: SignalRow, now: datetime) -> dict[str, Any]:
    levels = levels_json(signal)
    values = (signal.symbol, signal.direction, now, levels["entry"], levels["stop"], True)
    return dict(zip(FROM_ALERT, values, strict=True))


def _check(facts: TradeFacts, signal: SignalRow | None, latest: datetime) -> None:
    found = problems(facts, latest=latest)
    if not found and signal is not None:
        found = disagreements(facts, signal)
    if found:
        raise InvalidTradeError(found)


def _save(trade: Trade, signals: Mapping[str, SignalRow], market_ts: datetime) -> TradeRow:
    results.prepare(trade.user_id, signals, market_ts)
    with turn(), transaction.atomic():
        lock("journal", trade.user_id)
        if trade.signal_id is not None and trade.deleted_at is None:
            _refuse_second(trade)
        trade.save()
        results.settle(trade.user_id, signals, market_ts)
    return trade_row(trade)


def _refuse_second(trade: Trade) -> None:
    other = linked_signals(trade.user_id, [str(trade.signal_id)]).get(str(trade.signal_id))
    if other not in {None, trade.pk}:
        raise TradeConflictError("signalId", f"trade {other} was taken on this alert already")


def _own(user_id: str, trade_id: UUID) -> Trade:
    trade = find_trade(user_id, trade_id)
    if trade is None:
        raise UnknownTradeError("id", f"no trade {trade_id} of yours")
    return trade


def _signal(user_id: str, signal_id: str | None) -> SignalRow | None:
    if signal_id is None:
        return None
    decision = decision_about(user_id, signal_id)
    if decision is None:
        raise UnknownTradeError("signalId", f"no signal {signal_id!r} was decided for you")
    return decision.signal


def _signals_of(signal_id: str | None) -> dict[str, SignalRow]:
    return {} if signal_id is None else get_signals([signal_id])


def _by_id(signal: SignalRow | None) -> dict[str, SignalRow]:
    return {} if signal is None else {signal.id: signal}
