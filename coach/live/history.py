"""Bringing a track to the state it must have at a moment: from stored bars, never from a snapshot.

The state at a bar is defined by the scan from its anchor, so nothing of it has to be kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from coach.engine.bars import Bars
from coach.live.lane import Lane, close_of
from coach.live.track import MINUTE, Track
from coach.market.calendars import DAY_MS
from coach.market.selectors import anchor_ms, data_ranges, load_bars
from coach.signals.records import SignalKey, SignalRow
from coach.signals.selectors import unmatured_signals


def load_tracks(
    tracks: Iterable[Track], until_ms: Mapping[str, int], *, between: Callable[[], None]
) -> dict[SignalKey, str]:
    """Bring every track to the state before its first bar at or after `until_ms[symbol]`.

    Calls `between` after each: thousands take many seconds. Returns the ids of the signals whose
    outcomes run on.
    """
    wanted = list(tracks)
    ranges = data_ranges(MINUTE)
    running = _running(wanted, until_ms)
    for track in wanted:
        until = until_ms[track.symbol]
        first_ts = ranges.get(track.symbol, (until, until))[0]
        for lane in track.lanes.values():
            rows = running.get((track.symbol, lane.timeframe), [])
            history = _load_lane(track, lane, rows, until=until, first_ts=first_ts)
            if lane.timeframe == MINUTE:
                track.prime(_last_session(history), until)
        between()
    return {row.key: row.id for rows in running.values() for row in rows}


def _running(
    tracks: list[Track], until_ms: Mapping[str, int]
) -> dict[tuple[str, str], list[SignalRow]]:
    """The signals that fired before the moment and whose horizon has not passed, by lane."""
    found: dict[tuple[str, str], list[SignalRow]] = defaultdict(list)
    for timeframe in {timeframe for track in tracks for timeframe in track.lanes}:
        for row in unmatured_signals([track.symbol for track in tracks], timeframe):
            if row.ts < until_ms[row.symbol]:
                found[row.symbol, timeframe].append(row)
    return found


def _load_lane(
    track: Track, lane: Lane, running: list[SignalRow], *, until: int, first_ts: int
) -> Bars:
    anchor = anchor_ms(track.calendar, lane.timeframe, until)
    start = min([anchor, *(row.ts for row in running)])
    stored = load_bars(
        track.symbol, lane.timeframe, start, until, version="received", as_of_ms=until
    )
    history = _closed_by(until, stored, lane.timeframe)
    # Stored bars reach back beyond what was loaded, so that the first one loaded says nothing.
    complete_from = start // DAY_MS if first_ts < start else None
    lane.load(history, running, complete_from=complete_from)
    return history


def _closed_by(until: int, bars: Bars, timeframe: str) -> Bars:
    """The bars that had closed: a replay's cache holds the minutes that are still to come."""
    count = len(bars)
    while count and close_of(bars.bar(count - 1), timeframe) > until:
        count -= 1
    return bars.slice(0, count)


def _last_session(minutes: Bars) -> Bars:
    if not len(minutes):
        return minutes
    first = int(np.searchsorted(minutes.session_day, minutes.session_day[-1]))
    return minutes.slice(first, len(minutes))
