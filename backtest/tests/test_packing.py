"""Pages of triggers: what was put in comes out, and joins to what it was."""

import datetime as dt

import pytest

from backtest.asof import past_signals
from backtest.governed import GateHistory, decide_history
from backtest.packing import PAGE, join, pack, table_of, unpack
from backtest.tests.factories import evaluation_from
from coach.engine.bars import Bars

START, END = dt.date(2024, 3, 20), dt.date(2024, 4, 10)


@pytest.mark.parametrize("governed", [False, True])
def test_a_page_comes_out_as_it_went_in(six_weeks: Bars, governed: bool) -> None:  # noqa: FBT001
    evaluation = evaluation_from(six_weeks, START, END)
    gates = decide_history(past_signals(evaluation), GateHistory()) if governed else None
    table = table_of(evaluation, gates)
    assert unpack(pack(table)).rows() == table.rows()
    parts = [table.slice(at, at + 100) for at in range(0, len(table), 100)]
    joined = join([unpack(pack(part)) for part in parts])
    assert joined.rows() == table.rows()
    assert [first for first, _ in table.pages()] == list(range(0, len(table), PAGE))


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match="no page of triggers"):
        unpack(b"something else")
    with pytest.raises(ValueError, match="pages of one result"):
        join([])
