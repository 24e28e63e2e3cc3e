"""Sessions: half days, daylight saving, holidays, 24/7, extended hours, bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.market.calendars import (
    DAY_MS,
    CalendarError,
    Span,
    calendar_version,
    default_calendar,
    next_open,
    session_at,
    session_columns,
    session_on,
    session_table,
    sessions_before,
    sessions_between,
    zone,
)
from coach.market.tests.factories import MINUTE, ms

START, END = ms("2024-01-01"), ms("2025-01-01")


def local(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).astimezone(zone("XNYS")).strftime("%H:%M")


@pytest.mark.parametrize(
    ("day", "minutes", "opens"),
    [
        (date(2024, 7, 2), 390, "2024-07-02T13:30"),  # summer
        (date(2024, 1, 3), 390, "2024-01-03T14:30"),  # winter
        (date(2024, 7, 3), 210, "2024-07-03T13:30"),  # half day
        (date(2024, 3, 8), 390, "2024-03-08T14:30"),  # last session before the clocks change
        (date(2024, 3, 11), 390, "2024-03-11T13:30"),  # first one after
    ],
)
def test_opens_and_lengths(day: date, minutes: int, opens: str) -> None:
    session = session_on("XNYS", day)
    assert session is not None
    assert (session.minutes, session.open_ms) == (minutes, ms(opens))
    assert session_at("XNYS", session.open_ms) == session
    assert session_at("XNYS", session.close_ms - 1) == session
    assert session_at("XNYS", session.close_ms) is None
    assert session_at("XNYS", session.open_ms - 1) is None


@pytest.mark.parametrize("day", [date(2024, 7, 4), date(2024, 6, 29), date(2025, 1, 9)])
def test_closed_days_have_no_session(day: date) -> None:
    assert session_on("XNYS", day) is None


def test_a_year_has_its_sessions_at_half_past_nine() -> None:
    sessions = list(sessions_between("XNYS", START, END))
    assert len(sessions) == 252
    assert {local(each.open_ms) for each in sessions} == {"09:30"}
    assert {local(each.close_ms) for each in sessions} == {"16:00", "13:00"}
    extended = list(sessions_between("XNYS", START, END, span="extended"))
    assert [each.date for each in extended] == [each.date for each in sessions]
    assert {local(each.open_ms) for each in extended} == {"04:00"}
    assert {local(each.close_ms) for each in extended} == {"20:00", "17:00"}


def test_24_7_is_utc_days() -> None:
    session = session_at("24/7", ms("2024-02-29T23:59:59.999"))
    assert session is not None
    assert (session.date, session.close_ms - session.open_ms) == (date(2024, 2, 29), DAY_MS)
    assert session_at("24/7", session.close_ms) != session
    assert next_open("24/7", session.open_ms + 1) == session.close_ms


def test_next_open_and_sessions_before() -> None:
    friday_close = ms("2024-06-28T20:00")
    assert next_open("XNYS", friday_close) == ms("2024-07-01T13:30")
    assert next_open("XNYS", ms("2024-07-01T13:30")) == ms("2024-07-01T13:30")
    assert [each.date for each in sessions_before("XNYS", friday_close, 2)] == [
        date(2024, 6, 27),
        date(2024, 6, 28),
    ]
    assert sessions_before("XNYS", friday_close - 1, 1)[0].date == date(2024, 6, 27)


def test_out_of_bounds_and_unknown_calendars_are_named() -> None:
    with pytest.raises(CalendarError, match="from 1990-01-01 to 2049-12-31"):
        session_at("XNYS", ms("1989-12-31"))
    with pytest.raises(CalendarError, match="until 2049-12-31"):
        next_open("XNYS", ms("2050-01-01T12:00"))
    with pytest.raises(CalendarError, match="'XLON' is not one of XNYS, 24/7"):
        session_at("XLON", START)


def test_the_version_names_library_and_bounds() -> None:
    assert calendar_version("XNYS").startswith("XNYS exchange_calendars-")
    assert "1990-01-01..2049-12-31" in calendar_version("XNYS")
    assert default_calendar("X:BTCUSD") == "24/7"
    assert default_calendar("SPY") == "XNYS"


@given(
    offsets=st.lists(st.integers(0, (END - START) // MINUTE - 1), unique=True, max_size=60),
    calendar=st.sampled_from(["XNYS", "24/7"]),
    span=st.sampled_from(["regular", "extended"]),
)
@settings(max_examples=60, deadline=None)
def test_columns_say_what_session_at_says(offsets: list[int], calendar: str, span: Span) -> None:
    ts = np.array(sorted(offsets), np.int64) * MINUTE + START
    columns = session_columns(calendar, ts, span=span)
    for i, each in enumerate(ts.tolist()):
        session = session_at(calendar, each, span=span)
        found = (columns.session_day[i], columns.open_ms[i], columns.close_ms[i])
        expected = (session.day, session.open_ms, session.close_ms) if session else (-1, -1, -1)
        assert found == expected
        assert columns.inside[i] == (session is not None)
        assert columns.regular[i] == (session_at(calendar, each) is not None)


def test_columns_want_ascending_times() -> None:
    with pytest.raises(ValueError, match="ascend"):
        session_columns("XNYS", np.array([START + 1, START], np.int64))
    assert len(session_columns("XNYS", np.empty(0, np.int64)).inside) == 0
    assert len(session_table("XNYS", START, START)) == 0
