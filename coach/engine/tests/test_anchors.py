"""Blocks and anchors of each timeframe."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.engine.anchors import anchor_of, block_of, block_start, date_of, day_of
from coach.engine.layout import TIMEFRAME_MS, seq_of

CASES = [
    ("1m", "2013-10-08", "2013-10-07", "2013-09-30"),
    ("1m", "2021-01-03", "2020-12-28", "2020-12-21"),
    ("5m", "2013-01-31", "2013-01-01", "2012-12-01"),
    ("15m", "2013-02-10", "2013-01-01", "2012-10-01"),
    ("1h", "2013-10-08", "2013-01-01", "2012-01-01"),
    ("1d", "2024-12-31", "2020-01-01", "2015-01-01"),
    ("1d", "2025-01-01", "2025-01-01", "2020-01-01"),
]


@pytest.mark.parametrize(("timeframe", "date", "start", "anchor"), CASES)
def test_worked_dates(timeframe: str, date: str, start: str, anchor: str) -> None:
    block = block_of(day_of(dt.date.fromisoformat(date)), timeframe)
    assert date_of(block_start(block, timeframe)).isoformat() == start
    assert date_of(anchor_of(block, timeframe)).isoformat() == anchor


@given(st.integers(0, 40_000), st.sampled_from(sorted(TIMEFRAME_MS)))
def test_every_day_lies_in_its_block(day: int, timeframe: str) -> None:
    block = block_of(day, timeframe)
    assert block_start(block, timeframe) <= day < block_start(block + 1, timeframe)
    assert block_of(block_start(block, timeframe), timeframe) == block


def test_a_week_is_the_iso_week() -> None:
    days = range(15_000, 15_800)
    weeks = {block_of(day, "1m"): date_of(day).isocalendar()[:2] for day in days}
    assert len(set(weeks.values())) == len(weeks)
    assert all(weeks[block_of(day, "1m")] == date_of(day).isocalendar()[:2] for day in days)


def test_seq() -> None:
    assert seq_of(1_380_895_860_000, "1m") == 23_014_931
    assert seq_of(15_992 * 86_400_000, "1d") == 15_992
    with pytest.raises(ValueError, match="'3m' is not one of"):
        block_of(0, "3m")
