"""The gap report against a plain reading of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.market.calendars import session_at, sessions_between
from coach.market.columns import Int64
from coach.market.gaps import Gap, Reason, find_gaps
from coach.market.tests.factories import MINUTE, ms

START = ms("2024-07-02T13:30")  # a whole day, a half day, a holiday, a whole day
END = ms("2024-07-05T20:00")
EXPECTED = [
    ts
    for session in sessions_between("XNYS", START, END)
    for ts in range(session.open_ms, session.close_ms, MINUTE)
]


def plain(present: set[int], lost: list[tuple[int, int]]) -> list[Gap]:
    """Minute by minute, as the documentation reads."""
    filled = {_day(ts) for ts in present}
    found: list[Gap] = []
    for before, ts in zip([None, *EXPECTED], EXPECTED, strict=False):
        if before is not None and _day(before) != _day(ts):
            found.append(Gap(before // MINUTE + 1, ts // MINUTE - 1, "session_break"))
        if ts in present:
            continue
        reason: Reason = "quiet" if _day(ts) in filled else "no_data"
        if any(start < ts + MINUTE and ts < end for start, end in lost):
            reason = "feed_gap"
        last = found[-1] if found else None
        if last and last.to_seq == ts // MINUTE - 1 and last.reason == reason:
            found[-1] = Gap(last.from_seq, ts // MINUTE, reason)
        else:
            found.append(Gap(ts // MINUTE, ts // MINUTE, reason))
    return found


@given(
    absent=st.sets(st.integers(0, len(EXPECTED) - 1), max_size=40),
    no_bars_on=st.sets(st.integers(0, 2)),
    lost_from=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 30)), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_gaps_are_those_of_a_plain_reading(
    absent: set[int], no_bars_on: set[int], lost_from: list[tuple[int, int]]
) -> None:
    days = sorted({_day(ts) for ts in EXPECTED})
    empty = {days[i] for i in no_bars_on}
    present = {ts for i, ts in enumerate(EXPECTED) if i not in absent and _day(ts) not in empty}
    lost = [(START + a * MINUTE, START + (a + n) * MINUTE) for a, n in lost_from]
    assert _gaps(np.array(sorted(present), np.int64), lost=lost) == plain(present, lost)


def test_nothing_is_missing_before_the_data_begins_or_after_it_ends() -> None:
    ts = np.array(EXPECTED[100:200], np.int64)
    known = (int(ts[0]), int(ts[-1]) + MINUTE)
    assert _gaps(ts, known=known) == []
    later = (known[0], known[1] + 5 * MINUTE)
    assert _gaps(ts, known=later) == [
        Gap(EXPECTED[200] // MINUTE, EXPECTED[204] // MINUTE, "quiet")
    ]


def test_higher_timeframes_expect_their_own_grid() -> None:
    hour = 60 * MINUTE
    half_day = ms("2024-07-03T13:30")
    ts = np.array([half_day, half_day + 2 * hour], np.int64)
    gaps = find_gaps(
        ts, calendar="XNYS", timeframe="1h", start_ms=half_day, end_ms=half_day + 6 * hour,
        known=(half_day, half_day + 210 * MINUTE),
    )  # fmt: skip
    seq = half_day // hour
    assert gaps == [Gap(seq + 1, seq + 1, "quiet"), Gap(seq + 3, seq + 3, "quiet")]


def test_missing_days() -> None:
    day = 24 * 60 * MINUTE
    first, last = ms("2024-07-02"), ms("2024-07-08")
    gaps = find_gaps(
        np.array([first, last], np.int64), calendar="XNYS", timeframe="1d",
        start_ms=first, end_ms=last + day, known=(first, ms("2024-07-08T20:00")),
    )  # fmt: skip
    seq = first // day
    assert gaps == [
        Gap(seq + 1, seq + 1, "no_data"),
        Gap(seq + 2, seq + 2, "session_break"),  # Independence Day
        Gap(seq + 3, seq + 3, "no_data"),
        Gap(seq + 4, seq + 5, "session_break"),
    ]


def _gaps(
    ts: Int64, *, lost: list[tuple[int, int]] | None = None, known: tuple[int, int] = (START, END)
) -> list[Gap]:
    return find_gaps(
        ts, calendar="XNYS", timeframe="1m", start_ms=START, end_ms=END, known=known,
        lost=lost or [],
    )  # fmt: skip


def _day(ts: int) -> int:
    session = session_at("XNYS", ts)
    assert session is not None
    return session.day
