"""A few made-up sessions, played through a shard; what a scan finds in them; what was recorded."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from coach.engine.bars import Bars
from coach.engine.layout import FEATURES
from coach.engine.outcome import outcomes
from coach.engine.registry import RULES
from coach.engine.resample import resample
from coach.engine.ruleset import RuleSet, compile_rules
from coach.engine.run import run
from coach.engine.tracking import read_outcome
from coach.engine.triggers import read
from coach.live.lease import Held, acquire
from coach.live.shard import Shard
from coach.market.calendars import XNYS
from coach.market.feed import FeedBar, FeedBatch
from coach.market.reading import read_chunks, with_sessions
from coach.market.services import make_synthetic_history
from coach.signals.selectors import signals_between

SYMBOLS = ("AAPL", "SPY")
MONDAY = int(datetime(2025, 6, 9, tzinfo=UTC).timestamp() * 1000)
END = 2**53
"""Later than any bar."""
RULESET = compile_rules(RULES)


def make_history(sessions: int, symbols: Sequence[str] = SYMBOLS) -> None:
    """The sessions that end before a Monday, in the cache."""
    make_synthetic_history(symbols=symbols, seed=7, sessions=sessions, before_ms=MONDAY)


def cached(symbol: str) -> Bars:
    """A symbol's minutes in the cache, with their sessions."""
    return with_sessions(read_chunks(symbol, "1m", 0, END), XNYS, "regular")


def batches(symbols: Sequence[str] = SYMBOLS) -> Iterator[FeedBatch]:
    """The cache as a feed that runs free gives it: one batch a minute."""
    closing: dict[int, list[FeedBar]] = defaultdict(list)
    for symbol in symbols:
        columns = read_chunks(symbol, "1m", 0, END)
        for ts, open_, high, low, close, volume, vwap in zip(
            *(column.tolist() for column in columns.columns()), strict=True
        ):
            prices = (open_, high, low, close, volume, None if math.isnan(vwap) else vwap)
            bar = FeedBar(symbol, "1m", int(ts), *prices, received_ms=float(ts + 60_000))
            closing[bar.ts + 60_000].append(bar)
    for market_ms in sorted(closing):
        yield FeedBatch(market_ms, tuple(closing[market_ms]))


def hold(shard: str = "0/1", holder: str = "test") -> Held:
    """The shard's lease."""
    held = acquire(shard=shard, holder=holder)
    assert held is not None
    return held


def make_shard(
    held: Held,
    symbols: Sequence[str] = SYMBOLS,
    rulesets: Sequence[RuleSet] = (RULESET,),
    **changes: Any,
) -> Shard:
    """A shard of these symbols."""
    calendars = dict.fromkeys(symbols, XNYS)
    return Shard(source="replay", calendars=calendars, rulesets=rulesets, held=held, **changes)


def play(shard: Shard, feed: Iterator[FeedBatch] | Sequence[FeedBatch]) -> None:
    """Every batch through the shard, committed as a free run commits."""
    for batch in feed:
        if shard.evaluate(batch, show_seconds=False):
            shard.flush()
    shard.flush()


Facts = dict[tuple[int, str], tuple[Any, ...]]


def scanned(symbol: str, ruleset: RuleSet = RULESET, *, before_ms: int = END) -> Facts:
    """What a scan of the cache finds: every field of every trigger, and its outcome."""
    bars = cached(symbol)
    if ruleset.timeframe != "1m":
        bars = resample(bars, ruleset.timeframe, as_of=int(bars.ts[-1]) + 60_000)
    triggers = run(bars, ruleset)
    found: Facts = {}
    for trigger, record in zip(
        read(triggers, ruleset), outcomes(bars, triggers, ruleset.timeframe), strict=True
    ):
        if trigger.ts >= before_ms:
            continue
        outcome = read_outcome(record)
        closed = outcome.exit_ts is not None
        found[trigger.seq, trigger.rule_id] = (
            *(trigger.direction.name.lower(), trigger.confidence, trigger.level, trigger.close),
            *(trigger.atr, trigger.trend.name.lower(), trigger.volatility.name.lower()),
            *(trigger.warm, trigger.features),
            *(outcome.status.name.lower(), outcome.entry, outcome.r, outcome.hold_bars),
            *((outcome.mfe, outcome.mae) if closed else (None, None)),
            outcome.matured,
        )
    return found


def recorded(symbol: str, timeframe: str = "1m") -> Facts:
    """The same of what live has recorded."""
    rows = signals_between(symbol=symbol, timeframe=timeframe, start_ms=0, end_ms=END)
    found = {
        (row.seq, row.rule_id): (
            *(row.direction, row.confidence, row.level, row.price),
            *(row.atr, row.regime_trend, row.regime_volatility),
            *(row.warm, tuple(row.features[name] for name in FEATURES)),
            *(row.outcome.state, row.entry, row.outcome.r, row.outcome.hold_bars),
            *(row.outcome.mfe, row.outcome.mae),
            row.outcome.matured_at is not None,
        )
        for row in rows
    }
    assert len(found) == len(rows)
    return found
