"""The harness finds what the engine finds, from any start, on any number of threads."""

import datetime as dt

import numpy as np
import pytest

from backtest.engine import BlockCache, CancelledError, Evaluation, evaluate, threads
from backtest.tests.factories import day_ms, evaluation_from, make_bars, market_from, rules_of
from coach.engine.bars import Bars
from coach.engine.layout import DAY_MS
from coach.engine.outcome import outcomes
from coach.engine.resample import resample
from coach.engine.ruleset import RuleSpec
from coach.engine.run import run
from coach.engine.tests import oracle

START, END = dt.date(2024, 3, 20), dt.date(2024, 4, 10)


def test_triggers_and_outcomes_are_the_engines_own(six_weeks: Bars) -> None:
    found = evaluation_from(six_weeks, START, END)
    expected = run(six_weeks, rules_of(), day_ms(START), day_ms(END))
    assert len(expected) > 300
    assert found.triggers.tobytes() == expected.tobytes()
    results = outcomes(six_weeks, expected, "1m", as_of=int(six_weeks.ts[-1]) + 60_000)
    assert found.outcomes.tobytes() == results.tobytes()
    inside = (six_weeks.ts >= day_ms(START)) & (six_weeks.ts < day_ms(END))
    assert len(found.market) == inside.sum()


def test_triggers_are_those_of_a_plain_reading_of_the_rules(six_weeks: Bars) -> None:
    """The second week's anchor is the first bar, so the oracle needs no anchors."""
    two_weeks = six_weeks.slice(0, six_weeks.position(day_ms(dt.date(2024, 3, 18))))
    found = evaluation_from(six_weeks, dt.date(2024, 3, 11), dt.date(2024, 3, 18))
    rules = {each.rule_id: dict(each.params) for each in found.ruleset.rules}
    expected = [
        each
        for each in oracle.scan([two_weeks.bar(i) for i in range(len(two_weeks))], rules)
        if each.seq * 60_000 >= day_ms(dt.date(2024, 3, 11))
    ]
    names = [each.rule_id for each in found.ruleset.rules]
    assert len(expected) > 100
    assert [(int(t["seq"]), names[t["rule"]], int(t["direction"])) for t in found.triggers] == [
        (each.seq, each.rule_id, each.direction) for each in expected
    ]
    for t, each in zip(found.triggers, expected, strict=True):
        assert abs(t["confidence"] - each.confidence) <= 1e-9


@pytest.fixture(scope="module")
def whole(six_weeks: Bars) -> Evaluation:
    """The longest averages there may be, in which a forgotten anchor would show."""
    slow = RuleSpec("ema_cross", {"fast": 100, "slow": 390})
    return evaluation_from(six_weeks, START, END, slow, "ltp_breakout", "vwap_reclaim")


@pytest.mark.parametrize("days", range(1, 21))
def test_another_start_changes_no_trigger_in_the_overlap(
    six_weeks: Bars, whole: Evaluation, days: int
) -> None:
    slow = RuleSpec("ema_cross", {"fast": 100, "slow": 390})
    start = day_ms(START) + days * DAY_MS
    later = evaluation_from(six_weeks, start, day_ms(END), slow, "ltp_breakout", "vwap_reclaim")
    overlap = whole.triggers["ts"] >= start
    assert later.triggers.tobytes() == whole.triggers[overlap].tobytes()
    assert later.outcomes.tobytes() == whole.outcomes[overlap].tobytes()


def test_bars_beyond_warm_up_and_tail_do_not_count(six_weeks: Bars) -> None:
    """The identity covers what a result depends on and nothing else."""
    whole = market_from(six_weeks, START, dt.date(2024, 3, 27))
    first, last = (six_weeks.position(day_ms(dt.date(2024, 3, day))) for day in (11, 28))
    less = market_from(six_weeks.slice(first, last), START, dt.date(2024, 3, 27))
    assert less.digest == whole.digest
    cut = six_weeks.slice(first, six_weeks.position(day_ms(dt.date(2024, 3, 27))) - 10)
    assert market_from(cut, START, dt.date(2024, 3, 27)).digest != whole.digest


def test_one_revised_bar_is_another_run(six_weeks: Bars) -> None:
    before = evaluation_from(six_weeks, START, END)
    columns = {name: getattr(six_weeks, name).copy() for name in ("volume",)}
    columns["volume"][six_weeks.position(day_ms(dt.date(2024, 3, 13)))] += 1.0
    other = Bars(*(columns.get(n, getattr(six_weeks, n)) for n in six_weeks.columns._fields))
    assert evaluation_from(other, START, END).run_key != before.run_key


def test_rules_parameters_and_range_are_part_of_the_id(six_weeks: Bars) -> None:
    keys = {
        evaluation_from(six_weeks, *args).run_key
        for args in (
            (START, END),
            (START, END, "ema_cross"),
            (START, END, RuleSpec("ema_cross", {"fast": 19})),
            (START, dt.date(2024, 4, 9)),
            (dt.date(2024, 3, 21), END),
        )
    }
    assert len(keys) == 5
    assert evaluation_from(
        six_weeks, START, END, *reversed(["ema_cross", "ltp_breakout"])
    ).run_key == (evaluation_from(six_weeks, START, END, "ema_cross", "ltp_breakout").run_key)


@pytest.mark.parametrize("workers", [2, 5])
def test_threads_change_nothing(six_weeks: Bars, workers: int) -> None:
    alone = evaluation_from(six_weeks, START, END)
    found = evaluation_from(six_weeks, START, END, workers=workers)
    assert found.run_key == alone.run_key
    assert found.triggers.tobytes() == alone.triggers.tobytes()
    assert found.every.long.tobytes() == alone.every.long.tobytes()


def test_blocks_are_kept_by_content_and_cut_to_the_window(six_weeks: Bars) -> None:
    cache = BlockCache()
    with threads(1) as pool:
        whole = market_from(six_weeks, dt.date(2024, 3, 18), END)
        filled = evaluate(whole, rules_of(), pool=pool, cache=cache)
        blocks = len(cache)
        assert blocks == len(whole.blocks)
        later = market_from(six_weeks, START, END)
        cut = evaluate(later, rules_of(), pool=pool, cache=cache)
        assert len(cache) == blocks  # all of it was there
        assert cut.triggers.tobytes() == evaluation_from(six_weeks, START, END).triggers.tobytes()
        evaluate(whole, rules_of("ema_cross"), pool=pool, cache=cache)
        assert len(cache) == 2 * blocks
    assert (
        filled.triggers.tobytes()
        == evaluation_from(six_weeks, dt.date(2024, 3, 18), END).triggers.tobytes()
    )


def test_the_cache_forgets_the_oldest_first() -> None:
    part = (np.zeros(10, np.int64).view(np.recarray), np.zeros(0, np.int64).view(np.recarray))
    cache = BlockCache(limit=200)
    for key in "abc":
        cache.put(key, part)
        cache.get("a")
    assert cache.get("a") is not None
    assert cache.get("b") is None
    assert cache.get("c") is not None
    assert len(cache) == 2


def test_every_bar_agrees_with_the_outcomes_of_triggers(six_weeks: Bars) -> None:
    found = evaluation_from(six_weeks, START, END)
    at = found.positions - found.market.first
    table = np.where(found.triggers["direction"] > 0, found.every.long[at], found.every.short[at])
    usable = found.counted & ~np.isin(at, found.every.nowhere)
    assert usable.sum() > 300
    assert (table[usable] == found.clipped[usable]).all()
    # A trigger counts and its bar has no entry only where the other direction has none.
    assert (found.counted & ~usable).sum() <= 1


def test_an_outcome_near_the_end_of_the_data_counts_only_after_its_horizon() -> None:
    bars = make_bars(dt.date(2024, 3, 4), dt.date(2024, 3, 16), seed=3, holes=0.0)
    cut = bars.slice(0, len(bars) - 200)
    found = evaluation_from(cut, dt.date(2024, 3, 11), dt.date(2024, 3, 16), "ltp_breakout")
    last = len(cut) - 1
    late = found.positions + 30 > last
    assert late.any()
    assert not found.counted[late].any()
    assert found.counted[~late].all()


@pytest.mark.parametrize("timeframe", ["5m", "15m"])
def test_higher_timeframes_are_the_engines_own(timeframe: str) -> None:
    bars = make_bars(dt.date(2023, 12, 1), dt.date(2024, 4, 13), seed=5)
    market = market_from(bars, START, END, timeframe=timeframe)
    with threads(2) as pool:
        found = evaluate(market, rules_of(timeframe=timeframe), pool=pool)
    higher = resample(bars, timeframe)
    expected = run(higher, rules_of(timeframe=timeframe), day_ms(START), day_ms(END))
    assert len(expected) > 10
    assert found.triggers.tobytes() == expected.tobytes()


def test_a_window_without_bars_has_no_triggers(six_weeks: Bars) -> None:
    found = evaluation_from(six_weeks, dt.date(2024, 3, 23), dt.date(2024, 3, 25))
    assert len(found) == 0
    assert len(found.market) == 0
    assert found.market.session_days == ()


def test_progress_ends_at_one_and_may_stop_the_run(six_weeks: Bars) -> None:
    told: list[float] = []
    with threads(1) as pool:
        market = market_from(six_weeks, START, END)
        evaluate(market, rules_of(), pool=pool, progress=told.append)
        assert told == sorted(told)
        assert told[-1] == 1.0

        def stop(_share: float) -> None:
            raise CancelledError

        with pytest.raises(CancelledError):
            evaluate(market, rules_of(), pool=pool, progress=stop)
