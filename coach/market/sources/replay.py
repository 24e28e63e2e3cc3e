"""Replay: the bars of the cache, played again by the market clock."""

from __future__ import annotations

from collections.abc import Mapping

from coach.market.calendars import Session
from coach.market.models import FeedGap
from coach.market.reading import read_chunks
from coach.market.sources.paced import Tape


class ReplayLibrary:
    """Sessions of the cache. Where there are no microbars, there is no forming candle."""

    name = "replay"

    def __init__(self, *, calendars: Mapping[str, str], start_ms: int, end_ms: int) -> None:
        self.calendars = calendars
        self.start_ms = start_ms
        self.end_ms: int | None = end_ms

    def load(self, symbol: str, session: Session) -> Tape | None:
        """A session's bars; None if the cache has none."""
        minutes = read_chunks(symbol, "1m", session.open_ms, session.close_ms)
        if len(minutes) == 0:
            return None
        lost = FeedGap.objects.filter(
            instrument_id=symbol, start_ms__lt=session.close_ms, end_ms__gt=session.open_ms
        )
        return Tape(
            minutes=minutes,
            seconds=read_chunks(symbol, "1s", session.open_ms, session.close_ms),
            gaps=tuple(lost.values_list("start_ms", "end_ms", "reason")),
        )
