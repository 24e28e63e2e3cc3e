"""A moment: all bars that closed at one time, evaluated; and how it is cut into transactions.

No write transaction may hold up the others, so one covers at most `BARS_AT_ONCE` bars: many quiet
moments of a replay that runs free, or a part of the symbols of one great moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from coach.live.cursor import MINUTE_MS, Progress
from coach.live.lane import Change
from coach.live.track import ClosedBar, Evaluated
from coach.market.feed import FeedBar, FeedGap
from coach.signals.records import FiredSignal

BARS_AT_ONCE = 128
Item = TypeVar("Item")


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
    """One great moment by symbol; its gaps go with the first part.

    The clock closes buckets of symbols that had no bar in this minute: they too have a part.
    """
    done = moment.done
    received = sorted(moment.received, key=_symbol)
    symbols = sorted(
        {*map(_symbol, received), *map(_symbol, done.closed), *map(_symbol, done.fired)}
        | {change.key.symbol for change in done.changes}
    )
    part_of = {symbol: place // BARS_AT_ONCE for place, symbol in enumerate(symbols)}
    bars = _dealt(received, part_of, _symbol)
    closed = _dealt(done.closed, part_of, _symbol)
    fired = _dealt(done.fired, part_of, _symbol)
    changes = _dealt(done.changes, part_of, lambda change: change.key.symbol)
    last = part_of[symbols[-1]]
    for part in range(last + 1):
        end = symbols[(part + 1) * BARS_AT_ONCE - 1] if part < last else ""
        yield Part(
            progress=Progress(_whole_minute(moment.market_ms), end),
            received=bars[part],
            gaps=() if part else moment.gaps,
            closed=closed[part],
            fired=fired[part],
            changes=changes[part],
        )


def _symbol(of: FeedBar | ClosedBar | FiredSignal) -> str:
    return of.symbol


def _dealt(
    items: Iterable[Item], part_of: Mapping[str, int], symbol_of: Callable[[Item], str]
) -> defaultdict[int, list[Item]]:
    """Items by the part that their symbol belongs to, in the order given."""
    dealt: defaultdict[int, list[Item]] = defaultdict(list)
    for item in items:
        dealt[part_of[symbol_of(item)]].append(item)
    return dealt
