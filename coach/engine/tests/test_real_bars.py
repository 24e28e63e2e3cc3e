"""The promises on real bars, where a folder of them is at hand.

``COACH_REAL_BARS`` names a folder with ``SPY-1m-201310.csv`` (extended hours included) and
``BTCUSD-1m-201610.csv``: columns ts, open, high, low, close, volume.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from coach.engine.bars import Bars, check_bars
from coach.engine.kernel import new_state, scan
from coach.engine.live import LiveEvaluator
from coach.engine.outcome import outcomes
from coach.engine.ruleset import CORE_RULES, compile_rules
from coach.engine.run import run
from coach.engine.tests import oracle

FOLDER = os.environ.get("COACH_REAL_BARS")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="COACH_REAL_BARS names no folder")

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NEW_YORK_SUMMER = 4 * HOUR_MS


def spy() -> Bars:
    """Regular sessions, 9:30 to 16:00 in New York (UTC-4 in that week)."""
    rows = read("SPY-1m-201310.csv")
    day = (rows[:, 0].astype(np.int64) - NEW_YORK_SUMMER) // DAY_MS
    opened = day * DAY_MS + NEW_YORK_SUMMER + 19 * HOUR_MS // 2
    return bars_of(rows, day, opened, opened + 13 * HOUR_MS // 2)


def btc() -> Bars:
    """Round the clock, sessions are UTC days."""
    rows = read("BTCUSD-1m-201610.csv")
    day = rows[:, 0].astype(np.int64) // DAY_MS
    return bars_of(rows, day, day * DAY_MS, (day + 1) * DAY_MS)


def read(name: str) -> np.ndarray:
    """Rows of a CSV file."""
    return np.loadtxt(Path(FOLDER or "") / name, delimiter=",", skiprows=1)


def bars_of(rows: np.ndarray, day: np.ndarray, opened: np.ndarray, closed: np.ndarray) -> Bars:
    """The rows inside their sessions."""
    ts = rows[:, 0].astype(np.int64)
    names = ("open", "high", "low", "close", "volume")
    checked = check_bars(ts=ts, **dict(zip(names, rows[:, 1:].T, strict=True)))
    assert checked.refusals == ()
    inside = (ts >= opened) & (ts < closed)
    columns = (ts, *rows[:, 1:].T, np.full(len(ts), np.nan), day, opened, closed)
    return Bars(*(column[inside] for column in columns))


@pytest.mark.parametrize(("market", "per_session"), [(spy, 44), (btc, 145)])
def test_triggers_a_session(market: object, per_session: int) -> None:
    bars = market()  # type: ignore[operator]
    sessions = len(np.unique(bars.session_day))
    fired = len(run(bars, compile_rules(CORE_RULES)))
    assert round(fired / sessions) == pytest.approx(per_session, abs=1)


@pytest.mark.parametrize("market", [spy, btc])
def test_invariants(market: object) -> None:
    bars = market()  # type: ignore[operator]
    rules = compile_rules(CORE_RULES)
    whole = run(bars, rules)
    live = LiveEvaluator(rules)
    fired = b"".join(live.on_bar(bars.bar(i)).tobytes() for i in range(len(bars)))
    assert fired == whole.tobytes()
    for share in (0.2, 0.5, 0.8):
        ts = int(bars.ts[int(share * len(bars))])
        later = whole[whole["ts"] >= ts]
        assert run(bars, rules, ts).tobytes() == later.tobytes()
        prefix = run(bars.slice(0, bars.position(ts)), rules)
        assert prefix.tobytes() == whole[whole["ts"] < ts].tobytes()
    scanned = scan(bars, rules, new_state())
    read_plainly = oracle.scan(
        [bars.bar(i) for i in range(len(bars))],
        {each.rule_id: dict(each.params) for each in rules.rules},
    )
    assert [(int(t["seq"]), int(t["direction"])) for t in scanned] == [
        (each.seq, each.direction) for each in read_plainly
    ]
    np.testing.assert_allclose(
        scanned["confidence"], [each.confidence for each in read_plainly], rtol=0, atol=1e-9
    )
    assert (outcomes(bars, whole, "1m")["matured"] == 1).mean() > 0.95
