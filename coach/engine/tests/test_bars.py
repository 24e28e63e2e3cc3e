"""Bad bars are refused one by one, with row and reason; everything else of the batch is kept."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.engine.bars import Bar, Bars, check_bars
from coach.engine.tests.synthetic import Market, make_bars

MINUTE = 60_000
GOOD = {"ts": 0, "open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 5.0, "vwap": 10.1}

BAD = [
    ({"open": math.nan}, "open", "open nan is not finite"),
    ({"high": math.inf}, "high", "high inf is not finite"),
    ({"volume": math.nan}, "volume", "volume nan is not finite"),
    ({"vwap": math.nan}, "vwap", "vwap nan is not finite"),
    ({"low": 0.0}, "low", "low 0.0 is not above 0"),
    ({"close": -1.0}, "close", "close -1.0 is not above 0"),
    ({"vwap": -2.0}, "vwap", "vwap -2.0 is not above 0"),
    ({"low": 1e-13}, "low", "low 1e-13 < 1e-12"),
    ({"high": 1e13}, "high", "high 10000000000000.0 > 1e+12"),
    ({"high": 8.0}, "high", "high 8.0 < low 9.0"),
    ({"open": 11.5}, "open", "open 11.5 is outside [9.0, 11.0]"),
    ({"close": 8.5}, "close", "close 8.5 is outside [9.0, 11.0]"),
    ({"volume": -1.0}, "volume", "volume -1.0 is negative"),
    ({"volume": 1e19}, "volume", "volume 1e+19 > 1e+18"),
]


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows as the columns that ``check_bars`` takes."""
    return {name: [row[name] for row in rows] for name in GOOD}


@pytest.mark.parametrize(("change", "field", "reason"), BAD)
def test_each_kind_of_bad_bar(change: dict[str, float], field: str, reason: str) -> None:
    rows = [{**GOOD, "ts": i * MINUTE} for i in range(3)]
    rows[1] |= change
    checked = check_bars(**columns(rows))
    assert checked.accepted.tolist() == [0, 2]
    assert checked.refusals == ((1, MINUTE, field, reason),)


def test_order_of_times() -> None:
    stamps = [0, 2, 2, 1, 3, 0.5, 3, 4]
    rows = [{**GOOD, "ts": int(stamp * MINUTE)} for stamp in stamps]
    checked = check_bars(**columns(rows))
    assert checked.accepted.tolist() == [0, 1, 4, 7]
    assert [(each.row, each.reason) for each in checked.refusals] == [
        (2, "ts 120000 is a duplicate"),
        (3, "ts 60000 is below the largest accepted ts 120000"),
        (5, "ts 30000 is off the 1m grid"),
        (6, "ts 180000 is a duplicate"),
    ]


def test_a_bad_row_does_not_hide_a_good_one_with_its_time() -> None:
    rows = [{**GOOD, "volume": -1.0}, GOOD, {**GOOD, "ts": MINUTE}]
    assert check_bars(**columns(rows)).accepted.tolist() == [1, 2]


def test_what_was_accepted_before_counts() -> None:
    rows = [{**GOOD, "ts": i * MINUTE} for i in range(3)]
    checked = check_bars(**columns(rows), last_ts=MINUTE)
    assert checked.accepted.tolist() == [2]
    assert [each.reason for each in checked.refusals] == [
        f"ts 0 is below the largest accepted ts {MINUTE}",
        f"ts {MINUTE} is a duplicate",
    ]


def test_times_that_are_no_whole_milliseconds() -> None:
    rows: list[dict[str, Any]] = [{**GOOD, "ts": ts} for ts in (0.5, math.nan, 1e300, 60_000.0)]
    checked = check_bars(**columns(rows))
    assert checked.accepted.tolist() == [3]
    assert [each.ts for each in checked.refusals] == [0, None, int(1e300)]
    assert all("whole number of milliseconds" in each.reason for each in checked.refusals)


def test_a_row_without_vwap_is_no_bad_row() -> None:
    rows = [{**GOOD, "ts": i * MINUTE, "vwap": math.nan} for i in range(2)]
    checked = check_bars(**columns(rows), vwap_given=[True, False])
    assert checked.accepted.tolist() == [1]


def test_a_grid_that_begins_at_the_session_open() -> None:
    origin = 30 * MINUTE
    rows = [{**GOOD, "ts": ts * MINUTE} for ts in (30, 90, 120)]
    checked = check_bars(**columns(rows), timeframe="1h", grid_origin=[origin] * 3)
    assert [(each.row, each.reason) for each in checked.refusals] == [
        (2, "ts 7200000 is off the 1h grid")
    ]
    assert check_bars(**columns([GOOD]), timeframe="1d", grid_origin=[origin]).accepted.size == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"open": ["x"]}, "column open holds something that is not a number"),
        ({"open": [1.0, 2.0]}, r"column open has shape \(2,\), expected \(1,\)"),
        ({"ts": [[0]]}, "column ts has shape"),
        ({"timeframe": "2m"}, "timeframe '2m' is not one of"),
    ],
)
def test_a_batch_that_is_no_batch(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_bars(**{**columns([GOOD]), **change})


@given(st.lists(st.sampled_from([change for change, _, _ in BAD]), max_size=20), st.randoms())
def test_nothing_else_is_lost(changes: list[dict[str, float]], random: Any) -> None:
    bad = [{**GOOD, **change} for change in changes]
    mixed = bad + [dict(GOOD) for _ in range(10)]
    random.shuffle(mixed)
    rows = [{**row, "ts": i * MINUTE} for i, row in enumerate(mixed)]
    checked = check_bars(**columns(rows))
    assert len(checked.accepted) == 10
    assert len(checked.refusals) == len(bad)


def test_a_good_market_is_accepted_whole() -> None:
    bars = make_bars(Market(seed=1, with_vwap=True, holes=0.2))
    named = {name: getattr(bars, name) for name in GOOD}
    assert len(check_bars(**named).accepted) == len(bars)


def test_columns_of_bars() -> None:
    bars = make_bars(Market(seed=1))
    assert Bars.of([bars.bar(i) for i in range(len(bars))]).close.tobytes() == bars.close.tobytes()
    assert len(Bars.of([])) == 0
    assert isinstance(bars.bar(3), Bar)
    assert bars.position(int(bars.ts[7]) + 1) == 8
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 1.0
    with pytest.raises(ValueError, match=r"column volume has shape \(1,\), ts has 450"):
        Bars(*bars.columns[:5], np.ones(1), *bars.columns[6:])
    with pytest.raises(ValueError, match=r"row 1: ts .* does not increase"):
        Bars.concat([bars.slice(5, 6), bars.slice(5, 6)])
