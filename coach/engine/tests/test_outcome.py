"""Triple barrier: the worked numbers, each way to end, and live against batch."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings

from coach.engine.bars import Bar, Bars
from coach.engine.layout import TRIGGER, RecordArray
from coach.engine.outcome import HORIZON, Reason, Status, Verdict, outcomes
from coach.engine.registry import RULES
from coach.engine.ruleset import compile_rules
from coach.engine.run import run
from coach.engine.tests.synthetic import DAY_MS, MINUTE_MS, Market, make_bars, markets
from coach.engine.tracking import Outcome, OutcomeTracker, read_outcome

DAY = 16_000
OPEN = DAY * DAY_MS + 870 * MINUTE_MS
HLC = tuple[float, float, float]


def session(
    rows: Sequence[HLC], opens: dict[int, float] | None = None, *, minutes: int = 390
) -> Bars:
    """A trigger bar closing at 100, then one bar a row; a bar opens at the close before."""
    bars = [Bar(OPEN, 100.0, 100.0, 100.0, 100.0, 1.0, math.nan, DAY, OPEN, 0)]
    for i, (high, low, close) in enumerate(rows):
        opened = (opens or {}).get(i, bars[-1].close)
        ts = OPEN + (i + 1) * MINUTE_MS
        bars.append(Bar(ts, opened, high, low, close, 1.0, math.nan, DAY, OPEN, 0))
    closes = OPEN + minutes * MINUTE_MS
    return Bars.of([bar._replace(session_close=closes) for bar in bars])


def trigger(direction: int = 1, atr: float = 2.0, ts: int = OPEN) -> RecordArray:
    """One trigger on the first bar."""
    array = np.zeros(1, TRIGGER)
    array["ts"], array["direction"], array["atr"] = ts, direction, atr
    return array


def outcome(bars: Bars, direction: int = 1, *, as_of: int | None = None) -> Outcome:
    """The outcome of the trigger, checked against the incremental tracker on the way."""
    batch = outcomes(bars, trigger(direction), "1m", as_of=as_of)
    tracker: OutcomeTracker[str] = OutcomeTracker("1m")
    seen = [tracker.start("it", trigger(direction), bars.bar(0))]
    seen += [record for i in range(1, len(bars)) for _, record in tracker.on_bar(bars.bar(i))]
    end = int(bars.ts[-1]) + MINUTE_MS if as_of is None else as_of
    seen += [record for _, record in tracker.on_clock(end)]
    final = next(tracker.snapshot())[1][0] if len(tracker) else seen[-1]
    assert final.tobytes() == batch[0].tobytes()
    return read_outcome(batch[0])


def mirrored(rows: Sequence[HLC]) -> list[HLC]:
    """The same bars upside down around 100."""
    return [(200 - low, 200 - high, 200 - close) for high, low, close in rows]


TARGET_ROWS = [(101, 99, 100.5), (102.4, 100.2, 102), (103.2, 101.5, 102.8)]


@pytest.mark.parametrize("side", [1, -1])
def test_worked_target(side: int) -> None:
    rows = TARGET_ROWS if side > 0 else mirrored(TARGET_ROWS)
    it = outcome(session(rows), side)
    assert (it.status, it.reason, it.verdict) == (Status.CLOSED, Reason.TARGET, Verdict.GOOD)
    assert it.r == pytest.approx(1.5 - 0.05)
    assert (it.hold_bars, it.mae, it.mfe, it.ambiguous) == (3, 0.5, 1.5, False)
    assert (it.entry, it.stop, it.target) == (100, 100 - 2 * side, 100 + 3 * side)
    assert it.exit == 100 + 3 * side
    assert (it.entry_ts, it.exit_ts) == (OPEN + MINUTE_MS, OPEN + 3 * MINUTE_MS)
    assert (it.matured, it.matured_ts) == (False, None)


@pytest.mark.parametrize("side", [1, -1])
def test_stop_and_target_in_one_bar_is_an_ambiguous_stop(side: int) -> None:
    rows: list[HLC] = [(103.5, 97.5, 100)]
    it = outcome(session(rows if side > 0 else mirrored(rows)), side)
    assert (it.reason, it.verdict, it.ambiguous, it.hold_bars) == (
        Reason.STOP,
        Verdict.BAD,
        True,
        1,
    )
    assert (it.r, it.mae, it.mfe) == (-1.05, 1.0, 0.0)


def test_a_later_open_beyond_a_barrier_fills_there() -> None:
    down = outcome(session([(101, 99, 100), (98, 96, 97)], {1: 97.0}))
    assert (down.reason, down.exit, down.r, down.mae) == (Reason.STOP, 97.0, -1.55, 1.5)
    up = outcome(session([(101, 99, 100), (105, 97, 104)], {1: 104.0}))
    assert (up.reason, up.exit, up.r, up.ambiguous) == (Reason.TARGET, 104.0, 1.95, False)
    assert (up.mfe, up.mae) == (2.0, 0.5)


def test_the_entry_bars_open_is_the_entry_wherever_it_is() -> None:
    it = outcome(session([(98, 95, 96)], {0: 97.0}))
    assert (it.entry, it.stop, it.reason, it.hold_bars) == (97.0, 95.0, Reason.STOP, 1)


def test_touching_is_reaching() -> None:
    assert outcome(session([(103, 99, 100)])).reason is Reason.TARGET
    assert outcome(session([(101, 98, 100)])).reason is Reason.STOP
    assert outcome(session([(102.99, 98.01, 100)])).status is Status.OPEN


@pytest.mark.parametrize(
    ("close", "verdict"),
    [
        (100.6, Verdict.GOOD),
        (100.59, Verdict.NEUTRAL),
        (99.6, Verdict.BAD),
        (99.61, Verdict.NEUTRAL),
    ],
)
def test_the_horizon_exits_at_the_close(close: float, verdict: Verdict) -> None:
    rows: list[HLC] = [(101, 99, 100)] * (HORIZON - 1) + [(101, 99, close)]
    it = outcome(session(rows))
    assert (it.reason, it.hold_bars, it.verdict) == (Reason.TIMEOUT, HORIZON, verdict)
    assert it.r == pytest.approx((close - 100) / 2 - 0.05)
    assert (it.mfe, it.mae) == (0.5, 0.5)
    assert it.matured_ts == OPEN + (HORIZON + 1) * MINUTE_MS


def test_an_early_stop_matures_at_the_horizon_only() -> None:
    calm: HLC = (101, 99, 100)
    rows: list[HLC] = [(101, 97, 100), *[calm] * HORIZON]
    before = outcome(session(rows[: HORIZON - 1]))
    assert (before.status, before.matured) == (Status.CLOSED, False)
    after = outcome(session(rows))
    assert (after.hold_bars, after.matured_ts) == (1, OPEN + (HORIZON + 1) * MINUTE_MS)


def test_the_sessions_last_bar_ends_it_once_the_close_has_passed() -> None:
    rows: list[HLC] = [(101, 99, 100), (101, 99, 100.7)]
    close = OPEN + 10 * MINUTE_MS
    waiting = outcome(session(rows, minutes=10))
    assert (waiting.status, waiting.matured) == (Status.OPEN, False)
    over = outcome(session(rows, minutes=10), as_of=close)
    assert (over.reason, over.exit, over.hold_bars) == (Reason.TIMEOUT, 100.7, 2)
    assert (over.exit_ts, over.matured_ts) == (OPEN + 2 * MINUTE_MS, close)
    full = outcome(session(rows, minutes=3))  # the last minute has a bar: no need to wait
    assert (full.reason, full.matured_ts) == (Reason.TIMEOUT, OPEN + 3 * MINUTE_MS)


def test_a_bar_of_the_next_session_ends_it_too() -> None:
    bars = session([(101, 99, 100.7)], minutes=390)
    later = Bar(
        OPEN + DAY_MS, 50, 50, 50, 50, 1, math.nan, DAY + 1, OPEN + DAY_MS, OPEN + 2 * DAY_MS
    )
    it = outcome(Bars.concat([bars, Bars.of([later])]))
    assert (it.reason, it.exit, it.matured_ts) == (Reason.TIMEOUT, 100.7, OPEN + 390 * MINUTE_MS)


def test_a_trigger_on_the_sessions_last_bar_has_none() -> None:
    at_close = outcome(session([], minutes=1))
    assert (at_close.status, at_close.r, at_close.verdict) == (Status.NONE, None, None)
    assert outcome(session([], minutes=5)).status is Status.PENDING
    assert outcome(session([], minutes=5), as_of=OPEN + 5 * MINUTE_MS).status is Status.NONE


def test_on_1d_sessions_do_not_end_an_outcome() -> None:
    days = [
        Bar((DAY + i) * DAY_MS, 100, 101, 99, 100, 1, math.nan, DAY + i, 0, (DAY + i) * DAY_MS + 9)
        for i in range(HORIZON + 1)
    ]
    batch = outcomes(Bars.of(days), trigger(ts=DAY * DAY_MS), "1d")
    it = read_outcome(batch[0])
    assert (it.reason, it.hold_bars) == (Reason.TIMEOUT, HORIZON)
    assert it.matured_ts == days[-1].session_close


def test_a_trigger_without_its_bar_is_refused() -> None:
    with pytest.raises(ValueError, match="no bar at ts 5"):
        outcomes(session([]), trigger(ts=5), "1m")


@settings(max_examples=20, deadline=None)
@given(markets())
def test_live_is_batch(market: Market) -> None:
    bars = make_bars(market)
    rules = compile_rules(RULES)
    triggers = run(bars, rules)
    batch = outcomes(bars, triggers, "1m")
    tracker: OutcomeTracker[int] = OutcomeTracker("1m")
    latest: dict[int, np.record] = {}
    at = 0
    for i in range(len(bars)):
        bar = bars.bar(i)
        latest.update(tracker.on_bar(bar))
        while at < len(triggers) and triggers["ts"][at] == bar.ts:
            latest[at] = tracker.start(at, triggers[at : at + 1], bar)
            at += 1
    latest.update(tracker.on_clock(int(bars.ts[-1]) + MINUTE_MS) if len(bars) else {})
    latest.update({key: running[0] for key, running in tracker.snapshot()})
    assert [latest[k].tobytes() for k in range(len(triggers))] == [o.tobytes() for o in batch]


@settings(max_examples=20, deadline=None)
@given(markets())
def test_properties(market: Market) -> None:
    bars = make_bars(market)
    o = outcomes(bars, run(bars, compile_rules(RULES)), "1m")
    closed = o[o["status"] == Status.CLOSED]
    assert (closed["mfe"] >= 0).all()
    assert (closed["mae"] >= 0).all()
    assert ((closed["hold_bars"] >= 1) & (closed["hold_bars"] <= HORIZON)).all()
    np.testing.assert_allclose(
        closed["r"],
        closed["direction"] * (closed["exit"] - closed["entry"]) / closed["unit"] - 0.05,
        rtol=1e-6,
        atol=1e-6,
    )
    gross = closed["r"] + 0.05
    assert (gross <= closed["mfe"] + 1e-9).all()
    assert (-gross <= closed["mae"] + 1e-9).all()
    for record in o[o["matured"] == 1]:
        assert record["status"] in (Status.CLOSED, Status.NONE)
