"""One evaluator: what a replay records is what a backtest of the same bars finds, to the bit.

`COACH_REAL_BARS` may name a folder with SPY-1m-*.csv and BTCUSD-1m-*.csv (ts, open, high, low,
close, volume); then the same is asked of those.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import talib
from django.core.management import call_command

from backtest.execution import execute
from backtest.packing import Table
from backtest.request import RunRequest
from backtest.tests.factories import make_bars
from backtest.tests.stored import store
from coach.engine.ruleset import CORE_RULES, RuleSpec
from coach.market.selectors import data_range, load_bars
from coach.signals.models import Signal
from coach.signals.selectors import signals_between
from tests.liveprocess import LiveProcess
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
AS_FAST = ("--source", "replay", "--speed", "0", "--once")
REAL = os.environ.get("COACH_REAL_BARS")
MARKETS = [
    pytest.param(False, id="made up"),
    pytest.param(
        True,
        id="real",
        marks=pytest.mark.skipif(not REAL, reason="COACH_REAL_BARS names no folder"),
    ),
]


def fill_cache(*, real: bool) -> list[str]:
    """Two symbols: a stock exchange's sessions, and round the clock."""
    if not real:
        store(make_bars(dt.date(2024, 3, 11), dt.date(2024, 3, 13), seed=5), symbol="SPY")
        days = make_bars(dt.date(2024, 3, 11), dt.date(2024, 3, 12), seed=6, calendar="24/7")
        store(days, symbol="BTCUSD", calendar="24/7")
        return ["SPY", "BTCUSD"]
    for symbol, calendar in (("SPY", "XNYS"), ("BTCUSD", "24/7")):
        (file,) = Path(REAL or "").glob(f"{symbol}-1m-*.csv")
        call_command(
            "import_bars", str(file), symbol=symbol, timeframe="1m", calendar=calendar, verbosity=0
        )
    return ["SPY", "BTCUSD"]


def backtest_of(symbol: str) -> Table:
    """The core rules on every bar there is."""
    known = data_range(symbol)
    assert known is not None
    rules = tuple(RuleSpec(rule_id) for rule_id in CORE_RULES)
    request = RunRequest(symbol, "1m", known[0], known[1], rules)
    return execute(request, user_id=None, progress=None).table


@pytest.fixture
def live(tmp_path: Path) -> Iterator[list[LiveProcess]]:
    started: list[LiveProcess] = []
    yield started
    for process in started:
        if not process.ended:
            process.kill()


def check_recorded(found: dict[str, Table]) -> None:
    """The signals in the database are the backtests' triggers one for one, to the bit."""
    for symbol, table in found.items():
        recorded = [
            signal
            for signal in signals_between(symbol=symbol, timeframe="1m", start_ms=0, end_ms=2**53)
            if signal.rule_id in CORE_RULES
        ]
        rows = table.rows()
        assert len(rows) > 50
        assert [
            {
                "ruleId": signal.rule_id,
                "seq": signal.seq,
                "direction": signal.direction,
                "confidence": signal.confidence,
                "regime": f"{signal.regime_trend}/{signal.regime_volatility}",
                "warm": signal.warm,
                "r": None if signal.outcome.r is None else round(signal.outcome.r, 6),
            }
            for signal in recorded
        ] == [
            {
                **{key: row[key] for key in ("ruleId", "seq", "direction", "confidence")},
                "regime": row["regime"],
                "warm": row["warm"],
                "r": None if row["outcome"] is None else row["outcome"]["r"],
            }
            for row in rows
        ]


def replay_killed(directory: Path, started: list[LiveProcess], *, kills: int, symbols: int) -> None:
    """A whole replay, its process killed at seeded counts of signals on the way."""
    draw = random.Random(11)  # noqa: S311  seeded on purpose
    for number, count in enumerate(sorted(draw.sample(range(1, 50 * symbols), kills))):
        process = LiveProcess(directory, f"live{number}", *AS_FAST)
        started.append(process)
        wait_until(
            lambda: Signal.objects.count() >= count,  # noqa: B023
            what=f"signal {count}",
            seconds=180,
            every=0.002,
        )
        process.kill()
    last = LiveProcess(directory, "last", *AS_FAST)
    started.append(last)
    last.finish()


@pytest.mark.parametrize("real", MARKETS)
@pytest.mark.parametrize("kills", [0, 10])
def test_a_replay_records_what_a_backtest_finds(
    real: bool,  # noqa: FBT001 - a parameter of the test
    kills: int,
    tmp_path: Path,
    live: list[LiveProcess],
) -> None:
    symbols = fill_cache(real=real)
    found = {symbol: backtest_of(symbol) for symbol in symbols}
    replay_killed(tmp_path, live, kills=kills, symbols=len(symbols))
    check_recorded(found)


@pytest.mark.skipif(not REAL, reason="COACH_REAL_BARS names no folder")
def test_a_replay_at_600_times_the_speed_records_the_same(
    tmp_path: Path, live: list[LiveProcess]
) -> None:
    """Takes some ten minutes: the bars are nine days of two markets."""
    found = {symbol: backtest_of(symbol) for symbol in fill_cache(real=True)}
    live.append(LiveProcess(tmp_path, "live", "--source", "replay", "--speed", "600", "--once"))
    live[0].finish(seconds=1800)
    check_recorded(found)


@pytest.mark.parametrize("real", MARKETS)
def test_ema_crosses_are_ta_libs_bar_for_bar(real: bool) -> None:  # noqa: FBT001
    for symbol in fill_cache(real=real):
        bars = load_bars(symbol, "1m", 0, 2**53)
        gap = talib.EMA(bars.close, 20) - talib.EMA(bars.close, 50)
        side = np.where(gap > 1e-9 * bars.close, 1, np.where(gap < -1e-9 * bars.close, -1, 0))
        side[np.isnan(gap)] = 99
        up = (side[1:] == 1) & (side[:-1] <= 0)
        down = (side[1:] == -1) & (side[:-1] >= 0) & (side[:-1] != 99)
        expected = {(int(ts), 1) for ts in bars.ts[1:][up]}
        expected |= {(int(ts), -1) for ts in bars.ts[1:][down]}
        table = backtest_of(symbol)
        ema = table.columns["rule"] == table.rule_ids.index("ema_cross")
        found = zip(
            table.columns["ts"][ema].tolist(), table.columns["direction"][ema].tolist(), strict=True
        )
        assert len(expected) > 10
        assert set(found) == expected
