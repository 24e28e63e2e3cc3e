"""A moment: all bars that closed at one time, evaluated; and how it is cut into transactions.

No write transaction may hold up the others, so one covers at most `BARS_AT_ONCE` bars: many quiet
moments of a replay that runs free, or a part of the symbols of one great moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from coach.live.cursor import MINUTE_MS, Progress
from coach.live.lane import Change
from coach.live.track import ClosedBar, Evaluated
from coach.market.feed import FeedBar, FeedGap
from coach.signals.records import FiredSignal

BARS_AT_ONCE = 128


@dataclass(slots=True)
class Moment:
    """What one batch came to. `evaluator_ms` is the wall time that evaluating it took."""

    market_ms: int
    received: list[FeedBar] = field(default_factory=list)
    gaps: tuple[FeedGap, ...] = ()
    done: Evaluated = field(default_factory=Evaluated)
    evaluator_ms: float = 0.0

    @property
    def writes(self) -> bool:
        """True if there is something to commit."""
        return bool(self.received or self.gaps or self.done.changes)

    @property
    def fired(self) -> list[FiredSignal]:
        return self.done.fired


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction writes, and how far the shard has come with it."""

    progress: Progress
    received: Sequence[FeedBar]
    gaps: Sequence[FeedGap]
    closed: Sequence[ClosedBar]
    fired: Sequence[FiredSignal]
    changes: Sequence[Change]


def parts_of(moments: Sequence[Moment]) -> Iterator[Part]:
    """Cut moments, in order of time, into transactions."""
    group: list[Moment] = []
    bars = 0
    for moment in moments:
        if group and bars + len(moment.received) > BARS_AT_ONCE:
            yield _joined(group)
            group, bars = [], 0
        if len(moment.received) > BARS_AT_ONCE:
            yield from _slices(moment)
            continue
        group.append(moment)
        bars += len(moment.received)
    if group:
        yield _joined(group)


def _whole_minute(market_ms: int) -> int:
    """A gap may end, and be written, within a minute: the minute's bar is then still to come."""
    return market_ms // MINUTE_MS * MINUTE_MS


def _joined(moments: Sequence[Moment]) -> Part:
    return Part(
        progress=Progress(_whole_minute(moments[-1].market_ms)),
        received=[bar for moment in moments for bar in moment.received],
        gaps=[gap for moment in moments for gap in moment.gaps],
        closed=[bar for moment in moments for bar in moment.done.closed],
        fired=[signal for moment in moments for signal in moment.fired],
        changes=[change for moment in moments for change in moment.done.changes],
    )


def _slices(moment: Moment) -> Iterator[Part]:
    """One great moment by symbol; its gaps go with the first part."""
    received = sorted(moment.received, key=lambda bar: bar.symbol)
    symbols = sorted(
        {bar.symbol for bar in received} | {change.key.symbol for change in moment.done.changes}
    )
    for start in range(0, len(symbols), BARS_AT_ONCE):
        chosen = frozenset(symbols[start : start + BARS_AT_ONCE])
        last = start + BARS_AT_ONCE >= len(symbols)
        yield Part(
            progress=Progress(_whole_minute(moment.market_ms), "" if last else max(chosen)),
            received=[bar for bar in received if bar.symbol in chosen],
            gaps=() if start else moment.gaps,
            closed=[bar for bar in moment.done.closed if bar.symbol in chosen],
            fired=[signal for signal in moment.fired if signal.symbol in chosen],
            changes=[each for each in moment.done.changes if each.key.symbol in chosen],
        )
