"""The synthetic market: a pure function, like a market in what matters."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from coach.engine.bars import Bars
from coach.engine.ruleset import CORE_RULES, compile_rules
from coach.engine.run import run
from coach.market.barcache import check_columns
from coach.market.calendars import session_columns, session_on, sessions_between
from coach.market.columns import BarColumns, pack, same
from coach.market.sources.synthetic import (
    DEMO_SYMBOLS,
    SyntheticSession,
    listing_of,
    make_session,
)
from coach.market.tests.factories import MINUTE, ms

SESSIONS = list(sessions_between("XNYS", ms("2025-06-01"), ms("2025-08-01")))


@cache
def made(symbol: str, index: int, seed: int = 20) -> SyntheticSession:
    return make_session(seed=seed, symbol=symbol, calendar="XNYS", session=SESSIONS[index])


def test_the_same_arguments_give_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib, datetime\n"
        "from coach.market.calendars import session_on\n"
        "from coach.market.columns import pack\n"
        "from coach.market.sources.synthetic import make_session\n"
        "session = session_on('XNYS', datetime.date(2025, 6, 2))\n"
        "made = make_session(seed=20, symbol='AMD', calendar='XNYS', session=session)\n"
        "print(hashlib.sha256(pack(made.seconds) + pack(made.minutes)).hexdigest())\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    here = made("AMD", 0)
    assert SESSIONS[0].date == date(2025, 6, 2)
    digest = hashlib.sha256(pack(here.seconds) + pack(here.minutes)).hexdigest()
    assert other.stdout.strip() == digest


def test_seed_symbol_and_date_each_make_other_bars() -> None:
    one = made("SPY", 0).minutes
    assert not same(one, made("SPY", 0, seed=21).minutes)
    assert not same(one, made("AAPL", 0).minutes)
    assert not np.array_equal(one.close[:100], made("SPY", 1).minutes.close[:100])


@pytest.mark.parametrize("symbol", [*DEMO_SYMBOLS, "X:BTCUSD", "NEWCO"])
def test_every_bar_is_a_good_one_on_the_tick_grid(symbol: str) -> None:
    calendar = "24/7" if symbol.startswith("X:") else "XNYS"
    session = session_on(calendar, date(2025, 7, 3))  # a half day in New York
    assert session is not None
    bars = make_session(seed=1, symbol=symbol, calendar=calendar, session=session)
    for part, timeframe in ((bars.minutes, "1m"), (bars.seconds, "1s")):
        good, refused = check_columns(part, timeframe=timeframe, calendar=calendar)
        assert (len(good), refused) == (len(part), ())
        assert np.all((part.vwap >= part.low) & (part.vwap <= part.high))
        for price in (part.open, part.high, part.low, part.close):
            np.testing.assert_array_equal(price, np.round(price, 2))
    assert bars.minutes.ts[0] >= session.open_ms
    assert bars.seconds.ts[-1] < session.close_ms


def test_minutes_are_made_of_their_seconds() -> None:
    day = made("MSFT", 3)
    at = 200
    minute = int(day.minutes.ts[at])
    inside = day.seconds.between(minute, minute + MINUTE)
    assert day.minutes.open[at] == inside.open[0]
    assert day.minutes.close[at] == inside.close[-1]
    assert day.minutes.high[at] == inside.high.max()
    assert day.minutes.low[at] == inside.low.min()
    assert day.minutes.volume[at] == inside.volume.sum()
    value = float((inside.vwap * inside.volume).sum() / inside.volume.sum())
    assert day.minutes.vwap[at] == pytest.approx(value, abs=1e-5)


def test_prices_go_on_from_day_to_day_and_stay_near_their_base() -> None:
    for symbol in DEMO_SYMBOLS:
        days = [made(symbol, i).minutes for i in range(len(SESSIONS))]
        jumps = [abs(np.log(b.open[0] / a.close[-1])) for a, b in pairwise(days)]
        assert 0 < np.median(jumps) < 0.02
        assert max(jumps) < 0.15
        closes = np.array([day.close[-1] for day in days]) / listing_of(symbol).price
        assert np.all((closes > 0.4) & (closes < 2.5))


def test_volume_is_a_u_and_some_seconds_and_minutes_are_quiet() -> None:
    whole = [i for i, session in enumerate(SESSIONS) if session.minutes == 390]
    days = [made("AMD", i) for i in whole]
    by_minute = np.zeros(390)
    for i, day in zip(whole, days, strict=True):
        np.add.at(by_minute, (day.minutes.ts - SESSIONS[i].open_ms) // MINUTE, day.minutes.volume)
    middle = by_minute[150:240].mean()
    assert by_minute[:15].mean() > 2 * middle
    assert by_minute[-10:].mean() > 1.5 * middle
    assert 0.5 < np.mean([len(day.seconds) for day in days]) / 23_400 < 0.99
    assert any(len(day.minutes) < 390 and not day.gaps for day in days)


def test_lost_spans_are_whole_minutes_without_bars() -> None:
    lost = [(made(symbol, i), i) for symbol in DEMO_SYMBOLS for i in range(len(SESSIONS))]
    with_gaps = [(day, i) for day, i in lost if day.gaps]
    assert 0.01 < len(with_gaps) / len(lost) < 0.15
    for day, i in with_gaps:
        for start, end in day.gaps:
            assert SESSIONS[i].open_ms <= start < end <= SESSIONS[i].close_ms
            assert start % MINUTE == end % MINUTE == 0
            assert len(day.seconds.between(start, end)) == len(day.minutes.between(start, end)) == 0


def test_the_core_rules_fire_about_every_eight_minutes() -> None:
    rules = compile_rules(CORE_RULES)
    rates = []
    for symbol in DEMO_SYMBOLS:
        minutes = BarColumns.concat([made(symbol, i).minutes for i in range(len(SESSIONS))])
        rates.append(len(run(_with_sessions(minutes), rules)) / len(SESSIONS))
    assert 42 <= np.mean(rates) <= 52
    assert min(rates) > 35
    assert max(rates) < 60


def test_symbols_move_together() -> None:
    def returns(symbol: str) -> dict[int, float]:
        bars = made(symbol, 5).minutes
        return dict(zip(bars.ts[1:].tolist(), np.diff(np.log(bars.close)).tolist(), strict=True))

    spy, nvda = returns("SPY"), returns("NVDA")
    both = sorted(set(spy) & set(nvda))
    related = np.corrcoef([spy[ts] for ts in both], [nvda[ts] for ts in both])[0, 1]
    assert 0.2 < related < 0.8


def _with_sessions(bars: BarColumns) -> Bars:
    sessions = session_columns("XNYS", bars.ts)
    return Bars(
        ts=bars.ts,
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        volume=bars.volume,
        vwap=bars.vwap,
        session_day=sessions.session_day,
        session_open=sessions.open_ms,
        session_close=sessions.close_ms,
    )
