"""Bars as frames of the stream (pure)."""

from __future__ import annotations

from typing import Any

import orjson

from coach.engine.layout import timeframe_ms
from coach.live.ring import Frame
from coach.live.track import ClosedBar
from coach.market.columns import timeframe_ms as feed_timeframe_ms
from coach.market.feed import FeedBar


def bar_frame(closed: ClosedBar, *, server_ms: float) -> Frame:
    """A final bar with the evaluator's lines; orjson writes NaN as null.

    `prevSeq` is the bar before of this symbol and timeframe, whenever that was: whoever holds an
    older one misses something. Times in epoch ms: receipt from the feed, and now.
    """
    step = timeframe_ms(closed.timeframe)
    bar = closed.bar
    data = {
        "symbol": closed.symbol,
        "timeframe": closed.timeframe,
        "seq": bar.ts // step,
        "prevSeq": None if closed.prev_ts is None else closed.prev_ts // step,
        "ts": bar.ts,
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
        **closed.lines._asdict(),
    }
    return _frame("bar", data, ingest_ms=closed.received_ms, server_ms=server_ms)


def feed_frame(bar: FeedBar, *, server_ms: float) -> Frame:
    """A microbar, or the correction of a minute, as the feed gave it."""
    kind = "microbar" if bar.timeframe == "1s" else "revision"
    data = {
        "symbol": bar.symbol,
        "timeframe": bar.timeframe,
        "seq": bar.ts // feed_timeframe_ms(bar.timeframe),
        "prevSeq": None,
        "ts": bar.ts,
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
    }
    return _frame(kind, data, ingest_ms=bar.received_ms, server_ms=server_ms)


def _frame(kind: str, data: dict[str, Any], *, ingest_ms: float, server_ms: float) -> Frame:
    stamped = data | {"ingestTs": ingest_ms, "srvTs": server_ms}
    return Frame(kind=kind, data=orjson.dumps(stamped), symbol=data["symbol"])
