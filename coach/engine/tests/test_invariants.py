"""The promises of a window-invariant evaluator, on random bars."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.engine.anchors import anchor_of, block_of
from coach.engine.bars import Bars, Columns
from coach.engine.kernel import new_state, scan, step
from coach.engine.layout import RecordArray
from coach.engine.live import LiveBook, LiveEvaluator
from coach.engine.outcome import outcomes
from coach.engine.registry import RULES
from coach.engine.resample import Resampler, resample
from coach.engine.ruleset import RuleSpec, compile_rules
from coach.engine.run import blocks, content_hash, run
from coach.engine.tests import oracle
from coach.engine.tests.synthetic import Market, make_bars, markets

EVERY = compile_rules(RULES)
SLOW = compile_rules([RuleSpec("ema_cross", {"fast": 5, "slow": 390}), "ltp_breakout"])
WEEKS = Market(seed=4, sessions=20, minutes=90, holes=0.05)  # four ISO weeks of 450 minutes


def joined(parts: list[RecordArray]) -> bytes:
    """Bytes of several arrays of triggers."""
    return b"".join(part.tobytes() for part in parts)


@settings(max_examples=25, deadline=None)
@given(markets())
def test_step_is_scan(market: Market) -> None:
    bars = make_bars(market)
    state = new_state()
    one_by_one = joined([step(bars.bar(i), EVERY, state) for i in range(len(bars))])
    assert one_by_one == scan(bars, EVERY, new_state()).tobytes()


@settings(max_examples=25, deadline=None)
@given(markets(), st.data())
def test_a_scan_may_pause_anywhere(market: Market, data: st.DataObject) -> None:
    bars = make_bars(market)
    cut = data.draw(st.integers(0, len(bars)))
    state = new_state()
    halves = [scan(bars, EVERY, state, stop=cut), scan(bars, EVERY, state, start=cut)]
    assert joined(halves) == scan(bars, EVERY, new_state()).tobytes()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_live_is_batch_over_blocks(seed: int, share: float) -> None:
    bars = make_bars(replace(WEEKS, seed=seed))
    cut = int(share * (len(bars) - 1))
    live = LiveEvaluator(SLOW)
    live.load(bars.slice(0, cut))
    fired = joined([live.on_bar(bars.bar(i)) for i in range(cut, len(bars))])
    assert fired == run(bars, SLOW, int(bars.ts[cut])).tobytes()


@pytest.mark.parametrize(
    ("timeframe", "sessions", "minutes"),
    [("5m", 110, 60), ("15m", 250, 60), ("1h", 1_000, 61), ("1d", 3_600, 2)],
)
def test_live_is_batch_on_every_timeframe(timeframe: str, sessions: int, minutes: int) -> None:
    """Over months, quarters, years and half decades, resampled live too."""
    one_minute = make_bars(Market(seed=8, sessions=sessions, minutes=minutes, holes=0.1))
    rules = compile_rules(
        [rule_id for rule_id, rule in RULES.items() if not rule.session_rule], timeframe=timeframe
    )
    whole = resample(one_minute, timeframe, as_of=int(one_minute.session_close[-1]))
    assert len(blocks(whole, timeframe)) >= 3
    live, resampler, fired = LiveEvaluator(rules), Resampler(timeframe), []
    cut = len(one_minute) // 3
    live.load(resampler.on_bars(one_minute.slice(0, cut)))
    loaded = live.last_ts
    assert loaded is not None
    closed = [resampler.on_bars(one_minute.slice(cut, len(one_minute)))]
    closed.append(resampler.on_clock(int(one_minute.session_close[-1])))
    for bars in closed:
        fired += [live.on_bar(bars.bar(i)) for i in range(len(bars))]
    assert joined(fired) == run(whole, rules, loaded + 1).tobytes()
    assert sum(map(len, fired)) > 10


def minute_of(streams: list[Bars], rows: np.ndarray, i: int) -> Columns:
    """Bar i of each of several symbols."""
    each = [streams[row].slice(i, i + 1).columns for row in rows]
    return Columns(*(np.concatenate(column) for column in zip(*each, strict=True)))


def test_many_symbols_at_once_are_each_symbol_alone() -> None:
    streams = [make_bars(Market(seed=seed, sessions=12, minutes=60)) for seed in range(5)]
    book, rows, loaded = LiveBook(EVERY, len(streams)), np.arange(len(streams)), 400
    book.load(0, streams[0].slice(0, loaded))
    fired: list[list[RecordArray]] = [[] for _ in streams]
    for i in range(len(streams[0])):
        taking = rows[1:] if i < loaded else rows
        triggers, positions = book.on_bars(taking, minute_of(streams, taking, i))
        for k, position in enumerate(positions):
            fired[taking[position]].append(triggers[k : k + 1])
    for row, bars in enumerate(streams):
        start = int(bars.ts[loaded]) if row == 0 else None
        assert joined(fired[row]) == run(bars, EVERY, start).tobytes()
        assert len(fired[row]) > 20


def test_many_symbols_refuse_what_one_would() -> None:
    streams = [make_bars(Market(seed=seed, sessions=1)) for seed in range(2)]
    book, rows = LiveBook(EVERY, 2), np.arange(2)
    book.on_bars(rows, minute_of(streams, rows, 1))
    with pytest.raises(ValueError, match=r"row 0: ts .* is not later than"):
        book.on_bars(rows, minute_of(streams, rows, 1))
    with pytest.raises(ValueError, match="twice"):
        book.on_bars(np.array([1, 1]), minute_of(streams, rows, 2))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.data())
def test_windows_agree_where_they_overlap(seed: int, data: st.DataObject) -> None:
    bars = make_bars(replace(WEEKS, seed=seed))
    a, c = sorted(data.draw(st.tuples(*[st.integers(0, len(bars) - 1)] * 2)))
    b, d = sorted(data.draw(st.tuples(*[st.integers(c, len(bars) - 1)] * 2)))
    first = run(bars, SLOW, int(bars.ts[a]), int(bars.ts[b]))
    second = run(bars, SLOW, int(bars.ts[c]), int(bars.ts[d]), threads=2)
    low, high = bars.ts[c], bars.ts[min(b, d)]
    overlap = [t[(t["ts"] >= low) & (t["ts"] < high)].tobytes() for t in (first, second)]
    assert overlap[0] == overlap[1]


def test_less_history_changes_nothing_once_the_anchor_is_covered() -> None:
    bars = make_bars(WEEKS)
    week = [block_of(int(day), "1m") for day in bars.session_day]
    anchor = week.index(week[0] + 1)
    start = int(bars.ts[week.index(week[0] + 2)])
    full = run(bars, SLOW, start)
    assert len(full) > 30
    assert full["warm"].all()
    assert run(bars.slice(anchor, len(bars)), SLOW, start).tobytes() == full.tobytes()


def test_a_forgotten_switch_would_show_in_the_confidence() -> None:
    """Guards the tests above: with slow = 390 a scan that never switches differs."""
    bars = make_bars(WEEKS)
    switched, straight = run(bars, SLOW), scan(bars, SLOW, new_state())
    last = int(bars.ts[-450])
    late = [t[t["ts"] >= last] for t in (switched, straight)]
    crosses = [t[t["rule"] == 0] for t in late]
    assert len(crosses[0]) > 3
    assert crosses[0].tobytes() != crosses[1].tobytes()


def test_a_run_is_the_oracle_scanned_from_each_anchor() -> None:
    bars = make_bars(replace(WEEKS, seed=9))
    single = [bars.bar(i) for i in range(len(bars))]
    rules = {each.rule_id: dict(each.params) for each in SLOW.rules}
    expected = []
    for number in sorted({block_of(bar.session_day, "1m") for bar in single}):
        first = anchor_of(number, "1m")
        known = [bar for bar in single if first <= bar.session_day < first + 14]
        begin = next(b.ts for b in known if block_of(b.session_day, "1m") == number) // 60_000
        expected += [each for each in oracle.scan(known, rules) if each.seq >= begin]
    got = run(bars, SLOW)
    assert [int(t["seq"]) for t in got] == [each.seq for each in expected]
    assert [int(t["direction"]) for t in got] == [each.direction for each in expected]
    differences = [abs(t["confidence"] - e.confidence) for t, e in zip(got, expected, strict=True)]
    assert max(differences) <= 1e-9


@settings(max_examples=25, deadline=None)
@given(markets(), st.data())
def test_no_look_ahead(market: Market, data: st.DataObject) -> None:
    bars = make_bars(market)
    cut = data.draw(st.integers(1, len(bars)))
    whole, prefix = run(bars, EVERY), run(bars.slice(0, cut), EVERY)
    assert prefix.tobytes() == whole[whole["ts"] <= bars.ts[cut - 1]].tobytes()


def test_warm_says_whether_the_data_reach_back_to_the_anchor() -> None:
    from_open = make_bars(WEEKS)
    cut_short = make_bars(replace(WEEKS, late_start=30))
    assert [block.warm for block in blocks(from_open, "1m")] == [False, True, True, True]
    assert [block.warm for block in blocks(cut_short, "1m")] == [False, False, True, True]
    known = int(from_open.session_day[0]) - 7
    claimed = blocks(cut_short, "1m", complete_from=known)
    assert [block.warm for block in claimed] == [True] * 4
    triggers = run(cut_short, EVERY)
    third = blocks(cut_short, "1m")[2].begin
    assert (triggers["warm"] == (triggers["ts"] >= cut_short.ts[third])).all()


def test_live_says_warm_as_a_run_does() -> None:
    bars = make_bars(replace(WEEKS, late_start=30))
    assert not LiveEvaluator(EVERY).warm
    live = LiveEvaluator(EVERY)
    fired = [live.on_bar(bars.bar(i)) for i in range(len(bars))]
    assert joined(fired) == run(bars, EVERY).tobytes()
    assert live.warm
    with pytest.raises(ValueError, match="not later than"):
        live.on_bar(bars.bar(len(bars) - 1))
    with pytest.raises(ValueError, match="before the first bar"):
        live.load(bars)


def test_live_over_a_hole_of_blocks() -> None:
    bars = make_bars(WEEKS)
    week = np.array([block_of(int(day), "1m") for day in bars.session_day])
    keep = (week == week[0]) | (week == week[-1])
    holed = Bars(*(column[keep] for column in bars.columns))
    live = LiveEvaluator(EVERY)
    fired = [live.on_bar(holed.bar(i)) for i in range(len(holed))]
    assert joined(fired) == run(holed, EVERY).tobytes()


def test_a_blocks_hash_changes_with_what_it_depends_on_only() -> None:
    bars = make_bars(WEEKS)
    second = blocks(bars, "1m")[1]
    assert content_hash(bars, second) == content_hash(bars, blocks(bars, "1m")[1].whole())

    def changed(at: int) -> str:
        volume = bars.volume.copy()
        volume[at] += 1
        other = Bars(*bars.columns[:5], volume, *bars.columns[6:])
        return content_hash(other, blocks(other, "1m")[1])

    same = content_hash(bars, second)
    assert changed(second.first) != same
    assert changed(second.end - 1) != same
    assert changed(second.end + 29) != same  # the outcomes of its last triggers end there
    assert changed(second.end + 30) == same


FINGERPRINT = "from coach.engine.tests.test_invariants import fingerprint; print(fingerprint())"


def fingerprint() -> str:
    """Digest of every rule, outcome and resampled bar of one market over three blocks."""
    market = Market(seed=21, sessions=12, minutes=60, holes=0.1)
    bars = make_bars(market)
    digest = hashlib.sha256()
    for timeframe in ("1m", "5m"):
        coarse = resample(bars, timeframe)
        rules = compile_rules(RULES, timeframe=timeframe)
        triggers = run(coarse, rules)
        assert len(triggers) > 5
        results = outcomes(coarse, triggers, timeframe)
        digest.update(coarse.vwap.tobytes() + triggers.tobytes() + results.tobytes())
    return digest.hexdigest()


def test_the_interpreter_says_the_same() -> None:
    """With the JIT off the same source gives the same bytes."""
    interpreted = subprocess.run(
        [sys.executable, "-W", "error", "-c", FINGERPRINT],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert interpreted.returncode == 0, interpreted.stderr
    assert interpreted.stdout.strip() == fingerprint()
