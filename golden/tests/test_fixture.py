"""A file that is no case is refused by the field; a case that is wrong shows what differs."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from backtest.tests.factories import make_bars
from coach.engine.layout import timeframe_ms
from coach.engine.resample import resample
from golden.building import Draft, build
from golden.fixture import CASES, FixtureError, parse, read
from golden.runner import check


def document(name: str = "ltp_breakout_tie") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Not a name"}, "name"),
        ({"timeframe": "2m"}, "timeframe"),
        ({"bars": []}, "bars"),
        ({"bars": [[1, 2, 3]]}, "bars"),
        ({"calendar": "XLON"}, "calendar"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(FixtureError, match=field):
        parse({**document(), **change})


def test_a_file_must_bear_its_cases_name(tmp_path: Path) -> None:
    path = tmp_path / "another_name.json"
    path.write_text(json.dumps(document()))
    with pytest.raises(FixtureError, match="ltp_breakout_tie"):
        read(path)


def test_the_text_of_a_case_reads_back_equal() -> None:
    fixture = read(CASES / "ltp_breakout_long.json")
    assert parse(json.loads(fixture.text())) == fixture
    assert fixture.text() == (CASES / "ltp_breakout_long.json").read_text()


def test_a_difference_names_bar_expected_got_and_values() -> None:
    changed = document()
    changed["expected"]["triggers"][0]["confidence"] += 1e-6
    missing = changed["expected"]["triggers"].pop()
    shown = "\n".join(map(str, check(parse(changed))))
    assert "step: other confidence at seq" in shown
    assert f"scan: fired at seq {missing['seq']}" in shown
    assert "expected  silence" in shown
    assert "level" in shown
    assert "vwap" in shown


@pytest.mark.parametrize("timeframe", ["5m", "15m", "1h"])
def test_bars_on_the_sessions_own_grid_make_a_case(timeframe: str) -> None:
    """An hour begins at half past on a stock exchange, which is off the clock's grid."""
    bars = resample(make_bars(dt.date(2024, 3, 4), dt.date(2024, 4, 13), seed=3), timeframe)
    seqs = bars.ts // timeframe_ms(timeframe)
    draft = Draft(
        name="from_a_higher_timeframe",
        description="Higher timeframe.",
        symbol="TEST",
        rule_id="ltp_breakout",
        timeframe=timeframe,
        session="regular",
        calendar="XNYS",
        source="Drawn at random; no licence applies.",
        first_seq=int(seqs[len(bars) // 2]),
        last_seq=int(seqs[-1]),
    )
    fixture = build(draft, bars)
    assert fixture.expected.triggers
    assert check(fixture) == []
    late = fixture.bars[3][0]
    assert late is not None
    off = (late + 60_000, *fixture.bars[3][1:])
    spoilt = fixture.model_copy(update={"bars": (*fixture.bars[:3], off, *fixture.bars[4:])})
    assert [each.reason for each in spoilt.check().refusals] == [
        f"ts {int(late) + 60_000} is off the {timeframe} grid"
    ]
