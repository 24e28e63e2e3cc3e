"""The minutes that a vendor's stream has given: which are new, which corrected, which the same."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import replace

from coach.market.feed import FeedBar
from observability import metrics

MINUTE_MS = 60_000
REMEMBERED = 240
"""Minutes a symbol whose values are remembered, to tell a correction from a repetition."""
LAGS = 50
"""Minutes whose lag behind their close is remembered."""


class Minutes:
    """What has been given of each symbol. `last_ts`: symbol → open of its last minute, epoch ms."""

    def __init__(self, last_ts: Mapping[str, int]) -> None:
        self._last = dict(last_ts)
        self._recent: dict[str, OrderedDict[int, tuple[float | None, ...]]] = {
            symbol: OrderedDict() for symbol in last_ts
        }
        self._lags: deque[float] = deque([0.0], maxlen=LAGS)

    def last(self, symbol: str) -> int:
        """Open of the symbol's last minute, epoch ms."""
        return self._last[symbol]

    def take(self, bar: FeedBar) -> FeedBar | None:
        """A new or late minute as it is, a correction marked as one; None for the same again."""
        recent = self._recent[bar.symbol]
        values = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap)
        before = recent.get(bar.ts)
        if before == values:
            metrics.feed_errors_total.labels("duplicate").inc()
            return None
        recent[bar.ts] = values
        while len(recent) > REMEMBERED:
            recent.popitem(last=False)
        if before is not None:
            metrics.feed_errors_total.labels("revision").inc()
            return replace(bar, revision=True)
        self._last[bar.symbol] = max(self._last[bar.symbol], bar.ts)
        return bar

    def note_lag(self, lag_ms: float) -> None:
        """A minute came so long after its close."""
        self._lags.append(max(0.0, lag_ms))

    @property
    def lag_ms(self) -> float:
        """The longest of late, ms: minutes that are to come may take as long."""
        return max(self._lags)
