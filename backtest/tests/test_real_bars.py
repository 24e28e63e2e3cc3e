"""Whole backtests of real bars, where a folder of them is at hand (`COACH_REAL_BARS`).

That the same bars replayed live record the same signals is in `tests/test_replay_equals_backtest`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from backtest.execution import execute, market_for
from backtest.packing import Table
from backtest.request import RunRequest
from benchmarks.engine.peers import VENV
from coach.config.env import BASE_DIR
from coach.engine.ruleset import CORE_RULES, RuleSpec
from coach.engine.tests import oracle
from coach.market.selectors import data_range

FOLDER = os.environ.get("COACH_REAL_BARS")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FOLDER, reason="COACH_REAL_BARS names no folder"),
]
DAY_MS = 86_400_000
WARM_UP = 250
CALENDARS = {"SPY": "XNYS", "BTCUSD": "24/7"}


@pytest.fixture(params=sorted(CALENDARS))
def whole(request: pytest.FixtureRequest) -> RunRequest:
    """The core rules on every bar of a symbol."""
    symbol: str = request.param
    (file,) = Path(FOLDER or "").glob(f"{symbol}-1m-*.csv")
    options = {"symbol": symbol, "timeframe": "1m", "calendar": CALENDARS[symbol]}
    call_command("import_bars", str(file), **options, verbosity=0)
    known = data_range(symbol)
    assert known is not None
    return RunRequest(symbol, "1m", *known, tuple(RuleSpec(rule_id) for rule_id in CORE_RULES))


def table_of(request: RunRequest) -> Table:
    return execute(request, user_id=None, progress=None).table


def test_triggers_are_those_of_a_plain_reading_of_the_rules(whole: RunRequest) -> None:
    """The data begin after their anchor, so that all of it is one scan from the first bar."""
    bars, table = market_for(whole).bars, table_of(whole)
    rules = {each.rule_id: dict(each.params) for each in whole.ruleset().rules}
    expected = oracle.scan([bars.bar(i) for i in range(len(bars))], rules)
    assert len(expected) > 100
    rows = table.rows()
    assert [(row["seq"], row["ruleId"], row["direction"]) for row in rows] == [
        (each.seq, each.rule_id, "long" if each.direction > 0 else "short") for each in expected
    ]
    for row, each in zip(rows, expected, strict=True):
        assert abs(row["confidence"] - each.confidence) <= 1e-9


def test_another_start_changes_no_trigger_in_the_overlap(whole: RunRequest) -> None:
    rows, starts = table_of(whole).rows(), range(whole.start_ms, whole.end_ms, DAY_MS)
    assert len(starts) > 2
    for start in starts[1:]:
        later = RunRequest(whole.symbol, "1m", start, whole.end_ms, whole.rules)
        assert table_of(later).rows() == [row for row in rows if row["ts"] >= start]


@pytest.mark.skipif(not (VENV / "pinned").exists(), reason="make bench has installed no peers")
def test_ema_crosses_are_vectorbts_once_both_are_warm(whole: RunRequest, tmp_path: Path) -> None:
    """Its averages begin with the first close, ours with a mean: after a while both agree."""
    bars, table = market_for(whole).bars, table_of(whole)
    np.savez(tmp_path / "bars.npz", ts=bars.ts, close=bars.close)
    script = BASE_DIR / "benchmarks" / "backtest" / "peer_vectorbt.py"
    done = subprocess.run(
        [VENV / "bin" / "python", script, tmp_path / "bars.npz"],
        check=True,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])["crosses"]
    theirs = {(at, side) for at, side in told if at >= WARM_UP}
    ema = table.columns["rule"] == table.rule_ids.index("ema_cross")
    positions = np.searchsorted(bars.ts, table.columns["ts"][ema]).tolist()
    sides = table.columns["direction"][ema].tolist()
    ours = {each for each in zip(positions, sides, strict=True) if each[0] >= WARM_UP}
    assert len(ours) > 10
    assert ours == theirs
