"""A shard: what live records is what a scan finds; a moment is whole; nothing is done twice."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import F

from coach.engine.registry import RULES
from coach.engine.ruleset import compile_rules
from coach.live import lease
from coach.live.cursor import Progress, read_progress
from coach.live.lease import EXPIRY, LeaseLostError
from coach.live.models import Cursor, Lease
from coach.live.moment import BARS_AT_ONCE, Moment, parts_of
from coach.live.tests.played import (
    RULESET,
    SYMBOLS,
    batches,
    hold,
    make_history,
    make_shard,
    play,
    recorded,
    scanned,
)
from coach.live.track import Evaluated
from coach.market.feed import FeedBar, FeedBatch, FeedGap
from coach.market.models import ReceivedBar
from coach.market.selectors import load_bars
from coach.signals.models import Decision, Outbox, Signal
from coach.signals.services import set_watchlist
from coach.signals.tests.factories import fired_signal, trader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def history() -> None:
    make_history(sessions=1)


def numbers(user_id: str) -> list[int]:
    return list(Decision.objects.filter(user=user_id).order_by("n").values_list("n", flat=True))


@pytest.mark.usefixtures("history")
def test_while_it_opens_nobody_takes_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of symbols take longer to load than a lease lasts."""
    held = hold()
    play(make_shard(held), itertools.islice(batches(), 5))
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.0)
    shard = make_shard(held)
    Lease.objects.update(expires_at=F("expires_at") - EXPIRY)
    shard.open()
    assert lease.holder_of(held.shard) == held.holder


@pytest.mark.usefixtures("history")
def test_live_records_what_a_scan_finds_with_every_outcome() -> None:
    user = trader()
    set_watchlist(user_id=user.pk, symbols=["SPY"])
    play(make_shard(hold()), batches())
    for symbol in SYMBOLS:
        assert recorded(symbol) == scanned(symbol)
        assert len(recorded(symbol)) > 30
    assert numbers(user.pk) == list(range(1, len(recorded("SPY")) + 1))
    assert not Outbox.objects.filter(published_at=None).exists()


def test_a_process_that_takes_over_anywhere_goes_on_as_if_it_had_been_there() -> None:
    make_history(sessions=6, symbols=["SPY"])  # over a weekend, where the block changes
    held, feed = hold(), list(batches(["SPY"]))
    for start in range(0, len(feed), 197):
        shard = make_shard(held, ["SPY"])
        after = shard.open()
        if start:
            assert after == {"SPY": feed[start - 1].market_ms - 60_000}
        play(shard, feed[start : start + 197])
    assert recorded("SPY") == scanned("SPY")


@pytest.mark.usefixtures("history")
def test_higher_timeframes_are_evaluated_from_the_same_minutes() -> None:
    rulesets = [RULESET, compile_rules(RULES, timeframe="5m")]
    held, feed = hold(), list(batches(("SPY",)))
    for start in range(0, len(feed), 203):  # taken over inside a bucket too
        shard = make_shard(held, ("SPY",), rulesets)
        shard.open()
        play(shard, feed[start : start + 203])
    assert recorded("SPY") == scanned("SPY")
    assert recorded("SPY", "5m") == scanned("SPY", rulesets[1])
    assert recorded("SPY", "5m")


@pytest.mark.usefixtures("history")
def test_a_replay_begun_again_doubles_nothing() -> None:
    user, shard = trader(), make_shard(hold())
    feed = list(batches())
    play(shard, feed[:130])
    before = {symbol: recorded(symbol) for symbol in SYMBOLS}
    announced = Outbox.objects.filter(kind__in=["alert", "suppressed"]).count()
    play(shard, feed[:90])
    assert {symbol: recorded(symbol) for symbol in SYMBOLS} == before
    assert Outbox.objects.filter(kind__in=["alert", "suppressed"]).count() == announced
    assert read_progress("0/1", "replay") == Progress(feed[89].market_ms)
    play(shard, feed[90:160])
    until = feed[160].bars[0].ts
    for symbol in SYMBOLS:
        assert recorded(symbol).keys() == scanned(symbol, before_ms=until).keys()
    assert numbers(user.pk) == list(range(1, Signal.objects.count() + 1))


@pytest.mark.usefixtures("history")
def test_signals_are_recorded_whether_or_not_anybody_watches() -> None:
    user = trader()
    set_watchlist(user_id=user.pk, symbols=["SPY"])
    play(make_shard(hold()), list(batches())[:120])
    assert Signal.objects.filter(symbol="AAPL").exists()
    assert set(Decision.objects.values_list("signal__symbol", flat=True)) == {"SPY"}


@pytest.mark.usefixtures("history")
def test_the_signals_of_a_moment_are_numbered_by_symbol_and_rule() -> None:
    trader()
    play(make_shard(hold()), list(batches())[:200])
    order = [
        (decision.signal.fired_at, decision.signal.symbol, decision.signal.rule_id)
        for decision in Decision.objects.select_related("signal").order_by("n")
    ]
    assert order == sorted(order)
    assert len({fired_at for fired_at, _, _ in order}) < len(order), "some moments have several"


@pytest.mark.usefixtures("history")
def test_who_lost_the_lease_writes_nothing() -> None:
    held, feed = hold(), list(batches())
    shard = make_shard(held)
    play(shard, feed[:50])
    Lease.objects.update(expires_at=F("expires_at") - EXPIRY - timedelta(seconds=1))
    other = make_shard(hold(holder="other"))
    other.open()
    rows, cursor = ReceivedBar.objects.count(), Cursor.objects.get()
    assert shard.evaluate(feed[50])
    with pytest.raises(LeaseLostError):
        shard.flush()
    assert ReceivedBar.objects.count() == rows
    assert Cursor.objects.get().market_ms == cursor.market_ms
    play(other, feed[50:200])
    assert ReceivedBar.objects.count() == 400


@pytest.mark.usefixtures("history")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="holds the one write lock of SQLite")
def test_what_a_locked_database_refused_is_committed_later() -> None:
    shard, feed = make_shard(hold()), list(batches())
    play(shard, feed[:5])
    other = connection.copy()
    with other.cursor() as writer, connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
        writer.execute("BEGIN IMMEDIATE")
        for batch in feed[5:8]:
            shard.evaluate(batch)
            with pytest.raises(OperationalError, match="locked"):
                shard.flush()
        writer.execute("ROLLBACK")
        cursor.execute("PRAGMA busy_timeout = 20000")
    other.close()
    shard.flush()
    assert ReceivedBar.objects.count() == 16
    assert read_progress("0/1", "replay") == Progress(feed[7].market_ms)


@pytest.mark.usefixtures("history")
def test_a_late_bar_is_kept_and_no_rule_sees_it() -> None:
    shard, feed = make_shard(hold(), ("SPY",)), list(batches(("SPY",)))
    late = feed[30].bars[0]
    play(shard, feed[:30] + feed[31:40])
    play(shard, [FeedBatch(feed[40].market_ms, (late, *feed[40].bars))])
    assert ReceivedBar.objects.count() == 41
    assert shard.evaluate(FeedBatch(feed[40].market_ms, feed[40].bars))  # a repetition
    shard.flush()
    assert ReceivedBar.objects.count() == 41


@pytest.mark.usefixtures("history")
def test_a_correction_is_kept_beside_the_bar_that_was_received() -> None:
    shard, feed = make_shard(hold(), ("SPY",)), list(batches(("SPY",)))
    play(shard, feed[:10])
    bar = feed[9].bars[0]
    corrected = replace(bar, volume=bar.volume + 1, revision=True)
    play(shard, [FeedBatch(feed[10].market_ms, (corrected, *feed[10].bars))])
    latest = load_bars("SPY", "1m", bar.ts, bar.ts + 60_000)
    received = load_bars("SPY", "1m", bar.ts, bar.ts + 60_000, version="received")
    assert (latest.volume[0], received.volume[0]) == (bar.volume + 1, bar.volume)


def test_a_great_moment_is_cut_by_symbol_and_a_half_committed_one_is_resumed() -> None:
    names = [f"S{number:04}" for number in range(BARS_AT_ONCE * 2 + 5)]
    bars = [FeedBar(name, "1m", 60_000, 1, 1, 1, 1, 1, None, 0.0) for name in reversed(names)]
    great = Moment(market_ms=120_000, received=bars)
    small = Moment(market_ms=60_000, received=bars[:3])
    parts = list(parts_of([small, great]))
    assert [part.progress for part in parts] == [
        Progress(60_000),
        Progress(120_000, names[BARS_AT_ONCE - 1]),
        Progress(120_000, names[BARS_AT_ONCE * 2 - 1]),
        Progress(120_000),
    ]
    assert [bar.symbol for part in parts[1:] for bar in part.received] == names
    half = parts[1].progress
    assert half.until_ms(names[0]) == 120_000
    assert half.until_ms(names[-1]) == 60_000


def test_what_the_clock_closes_for_a_quiet_symbol_is_part_of_a_great_moment() -> None:
    names = [f"S{number:04}" for number in range(BARS_AT_ONCE + 1)]
    bars = [FeedBar(name, "1m", 60_000, 1, 1, 1, 1, 1, None, 0.0) for name in names]
    quiet = replace(fired_signal(), symbol="T0000", timeframe="5m")
    great = Moment(market_ms=120_000, received=bars, done=Evaluated(fired=[quiet]))
    parts = list(parts_of([great]))
    assert [signal for part in parts for signal in part.fired] == [quiet]
    assert [bar.symbol for part in parts for bar in part.received] == names


def test_quiet_moments_share_a_transaction_of_bounded_size() -> None:
    bars = [FeedBar("SPY", "1m", 0, 1, 1, 1, 1, 1, None, 0.0)] * (BARS_AT_ONCE // 2)
    parts = list(parts_of([Moment(market_ms=each * 60_000, received=bars) for each in (1, 2, 3)]))
    assert [part.progress.market_ms for part in parts] == [120_000, 180_000]
    assert [len(part.received) for part in parts] == [BARS_AT_ONCE, BARS_AT_ONCE // 2]


def test_a_gap_written_within_a_minute_does_not_skip_the_minutes_bar() -> None:
    make_history(sessions=1, symbols=["SPY"])
    held = hold()
    shard = make_shard(held, ["SPY"])
    *before, last = list(batches(["SPY"]))[:30]
    play(shard, before)
    reached = before[-1].market_ms
    gap = FeedGap("SPY", reached, reached + 20_000, "lost")
    shard.evaluate(FeedBatch(reached + 20_000, gaps=(gap,)))
    shard.flush()
    resumed = make_shard(held, ["SPY"])
    assert resumed.open()["SPY"] == last.bars[0].ts - 60_000
