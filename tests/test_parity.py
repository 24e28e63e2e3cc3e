"""Parity: as received, a replay finds what live recorded, to the bit; as corrected, each difference
has one cause, and an alert whose bar was revised says whether it would still fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from backtest import ledger
from backtest.ledger import NoSessionError, due_sessions, run_due, run_parity
from backtest.models import ParityReport
from coach.engine.registry import RULES
from coach.live.shard import Shard
from coach.live.tests.played import batches, cached, hold, make_history, make_shard, play
from coach.market.calendars import sessions_between
from coach.market.clock import ClockState
from coach.market.clockstore import save_clock
from coach.market.columns import BarColumns
from coach.market.feed import FeedBar, FeedBatch
from coach.market.models import BarChunk, Coverage
from coach.market.reading import read_columns
from coach.market.received import keep_versions
from coach.market.services import upsert_bars
from coach.signals.models import Signal
from coach.signals.tests.factories import trader

pytestmark = pytest.mark.django_db
DAY = date(2025, 6, 6)
"""The last session before the Monday of `played`."""
MINUTE = 60_000


@pytest.fixture
def feed() -> list[FeedBatch]:
    """Two sessions as a feed, and nothing in the cache: live takes what it is given alone."""
    make_history(sessions=2, symbols=["SPY"])
    trader()
    played = list(batches(("SPY",)))
    BarChunk.objects.all().delete()
    Coverage.objects.all().delete()
    return played


def bar_of(batch: FeedBatch) -> FeedBar:
    return batch.bars[0]


def second_day(feed: Sequence[FeedBatch]) -> int:
    """Position of the second session's first batch."""
    gaps = [b.market_ms - a.market_ms for a, b in pairwise(feed)]
    return gaps.index(max(gaps)) + 1


def revised(bar: FeedBar, by: float) -> FeedBar:
    """The bar with another close, and a range that holds it."""
    close = bar.close + by
    return replace(
        bar,
        close=close,
        high=max(bar.high, close),
        low=min(bar.low, close),
        revision=True,
    )


def live(feed: Sequence[FeedBatch], **changes: Any) -> Shard:
    shard = make_shard(hold(), ("SPY",), **changes)
    play(shard, feed)
    return shard


def causes(found: Sequence[dict[str, Any]]) -> set[str]:
    return {each["cause"] for each in found}


def test_as_received_the_replay_is_live_to_the_bit(feed: list[FeedBatch]) -> None:
    live(feed)
    report = run_parity(symbol="SPY", session_date=DAY)
    assert report.live_signals == report.replayed_signals == report.matched > 30
    assert report.corrected_matched == report.live_signals
    assert report.received_differences == report.corrected_differences == []
    assert (report.revised_bars, report.late_bars, report.missing_bars) == (0, 0, 0)
    assert set(Signal.objects.values_list("revision_verdict", flat=True)) == {None}


def disturbed(feed: list[FeedBatch]) -> Iterator[FeedBatch]:
    """What a bad line gives: late, revised, repeated and missing bars in the second session."""
    start = second_day(feed)
    for position, batch in enumerate(feed):
        at = position - start
        bars = list(batch.bars)
        if at >= 0 and at % 37 == 5:
            continue  # comes three minutes late
        if at >= 0 and at % 37 == 8:
            bars.append(bar_of(feed[position - 3]))
        if at >= 0 and at % 53 == 20:
            continue  # never comes
        if at > 0 and at % 23 == 8:  # wrong at first, corrected a minute later
            bars[0] = replace(revised(bars[0], 0.4), revision=False)
        if at > 0 and at % 23 == 9:
            bars.append(replace(bar_of(feed[position - 1]), revision=True))
        if at > 0 and at % 29 == 3:
            bars.append(bar_of(feed[position - 1]))
        yield replace(batch, bars=tuple(bars))


@pytest.mark.parametrize("restarts", [0, 3])
def test_whatever_the_feed_did_and_however_often_live_died_as_received_is_100_percent(
    feed: list[FeedBatch], restarts: int
) -> None:
    given = list(disturbed(feed))
    size = -(-len(given) // (restarts + 1))
    held = hold()
    for begin in range(0, len(given), size):
        shard = make_shard(held, ("SPY",))
        shard.open()
        play(shard, given[begin : begin + size])
    _correct(feed)
    report = run_parity(symbol="SPY", session_date=DAY)
    assert report.matched == report.live_signals == report.replayed_signals > 30
    assert report.received_differences == []
    assert report.late_bars > 5
    assert report.missing_bars > 5
    assert report.revised_bars > 10
    assert len(report.corrected_differences) == sum(report.corrected_causes.values()) > 5
    assert causes(report.corrected_differences) <= {"LATE_BAR", "REVISION", "MISSING_BAR"}
    assert len(causes(report.corrected_differences)) > 1


def _correct(feed: Sequence[FeedBatch]) -> None:
    """The vendor's history afterwards: every bar, as the exchange had it."""
    rows = [bar_of(batch) for batch in feed]
    nan = float("nan")
    columns = BarColumns.of(
        [
            (b.ts, b.open, b.high, b.low, b.close, b.volume, nan if b.vwap is None else b.vwap)
            for b in rows
        ]
    )
    before = read_columns("SPY", "1m", int(columns.ts[0]), int(columns.ts[-1]) + 1)
    keep_versions("SPY", "1m", before, columns, source="polygon")
    upsert_bars(symbol="SPY", timeframe="1m", bars=columns)


@pytest.mark.parametrize("kind", ["REVISION", "LATE_BAR", "MISSING_BAR"])
def test_each_difference_on_the_corrected_bars_has_the_one_cause_that_made_it(
    feed: list[FeedBatch], kind: str
) -> None:
    live(feed)
    fired = Signal.objects.filter(session_date=DAY).order_by("ts")[10]
    at = next(i for i, batch in enumerate(feed) if bar_of(batch).ts == fired.ts)
    _forget_everything()
    given = list(feed)
    if kind == "REVISION":
        given[at + 1] = replace(feed[at + 1], bars=(*feed[at + 1].bars, revised_away(feed, at)))
    else:
        given[at : at + 2] = [feed[at + 1]]
        if kind == "LATE_BAR":
            late = (*feed[at + 2].bars, bar_of(feed[at]))
            given[at + 1] = replace(feed[at + 2], bars=late)
    live(given)
    if kind == "MISSING_BAR":
        _correct(feed)
    report = run_parity(symbol="SPY", session_date=DAY)
    assert report.matched == report.live_signals
    assert report.received_differences == []
    assert causes(report.corrected_differences) == {kind}
    counts = {"REVISION": "revised_bars", "LATE_BAR": "late_bars", "MISSING_BAR": "missing_bars"}
    assert {name: getattr(report, each) for name, each in counts.items()} == {
        name: int(name == kind) for name in counts
    }


def revised_away(feed: Sequence[FeedBatch], at: int) -> FeedBar:
    """A correction of a bar that takes its move back."""
    before, bar = bar_of(feed[at - 1]), bar_of(feed[at])
    return revised(bar, (before.close - bar.close) * 3)


def _forget_everything() -> None:
    from coach.live.models import Cursor, Lease  # noqa: PLC0415
    from coach.market.models import ReceivedBar  # noqa: PLC0415
    from coach.signals.models import Decision, Outbox, UntoldOutcome  # noqa: PLC0415

    for model in (Outbox, UntoldOutcome, Decision, Signal, ReceivedBar, Cursor, Lease):
        model.objects.all().delete()


def test_an_alert_whose_bar_was_revised_says_whether_it_would_still_fire(
    feed: list[FeedBatch], client: Client
) -> None:
    user = trader(username="watcher")
    live(feed)
    fired = list(Signal.objects.filter(session_date=DAY).order_by("ts"))
    gone = fired[12]
    kept = next(each for each in fired[20:] if each.ts > gone.ts + 30 * MINUTE)
    at = {bar_of(batch).ts: i for i, batch in enumerate(feed)}
    same_price = replace(bar_of(feed[at[kept.ts]]), volume=1.0 + kept.price, revision=True)
    shard = make_shard(hold("again"), ("SPY",))
    shard.open()
    corrections = (revised_away(feed, at[gone.ts]), same_price)
    play(shard, [FeedBatch(feed[-1].market_ms, corrections)])
    report = run_parity(symbol="SPY", session_date=DAY)
    assert report.matched == report.live_signals
    verdicts = dict(Signal.objects.values_list("pk", "revision_verdict"))
    assert verdicts[gone.pk] == "would_not"
    assert verdicts[kept.pk] == "would_fire"
    client.force_login(user)
    alerts = client.get("/api/alerts?limit=200").json()["results"]
    shown = {each["signalId"]: each["revision"] for each in alerts}
    assert shown[gone.pk] == "would_not"
    assert shown[kept.pk] == "would_fire"
    assert None in shown.values()


def test_other_code_is_named_as_the_cause(feed: list[FeedBatch]) -> None:
    live(feed)
    signals = Signal.objects.filter(session_date=DAY).order_by("ts")
    changed = signals[3]
    Signal.objects.filter(pk=changed.pk).update(confidence=0.5, engine_version="another")
    report = run_parity(symbol="SPY", session_date=DAY)
    assert report.matched == report.live_signals - 1
    (difference,) = report.received_differences
    assert (difference["seq"], difference["cause"]) == (changed.seq, "CODE")
    assert report.corrected_causes == {"CODE": 1}


def test_a_cold_start_is_named_when_the_history_came_later(feed: list[FeedBatch]) -> None:
    start = second_day(feed)
    live(feed[start:])
    assert not Signal.objects.filter(warm=True).exists()
    _correct(feed[:start])
    report = run_parity(symbol="SPY", session_date=DAY)
    assert set(report.received_causes) <= {"WARMUP"}
    assert causes(report.corrected_differences) <= {"WARMUP"}


def test_a_session_is_due_once_it_has_closed_and_is_replayed_once(feed: list[FeedBatch]) -> None:
    live(feed)
    close = feed[-1].market_ms
    (session,) = sessions_between("XNYS", close - MINUTE, close)
    clock = ClockState("replay", 0.0, 0, 1.0, market_ms=session.close_ms + ledger.SETTLED_MS - 1)
    save_clock(clock, configured_speed=1)
    assert [day for _, day in due_sessions()] == [date(2025, 6, 5)]
    save_clock(replace(clock, market_ms=session.close_ms + ledger.SETTLED_MS), configured_speed=1)
    assert run_due() == 2
    assert run_due() == 0
    assert ParityReport.objects.count() == 2


def test_the_command_prints_the_ledger_and_fails_when_parity_is_broken(
    feed: list[FeedBatch],
) -> None:
    live(feed)
    out = StringIO()
    call_command("parity", "--symbol", "SPY", "--session", "2025-06-06", stdout=out)
    assert "100.0 %" in out.getvalue()
    Signal.objects.filter(session_date=DAY).update(confidence=0.1)
    with pytest.raises(CommandError, match="SPY 2025-06-06"):
        call_command("parity", "--symbol", "SPY", "--session", "2025-06-06", stdout=StringIO())


def test_over_http(feed: list[FeedBatch], client: Client, settings: Settings) -> None:
    live(feed)
    client.force_login(trader(username="asker"))
    asked = {"symbol": "SPY", "session": "2025-06-06"}
    answer = client.post("/api/parity/run", asked, content_type="application/json")
    assert answer.status_code == 200, answer.content
    row = answer.json()
    assert row["matchRate"] == 1.0
    assert row["received"] == {"differences": [], "causes": {}}
    listed = client.get("/api/parity?symbol=SPY").json()
    assert listed == [row]
    assert client.get("/api/parity?symbol=SPY&session=2025-06-05").json() == []
    assert client.get("/api/parity?symbol=spy!").status_code == 400
    for bad, attr in (
        (asked | {"symbol": "NONE"}, "symbol"),
        (asked | {"session": "2025-06-07"}, "session"),
        (asked | {"session": "soon"}, "session"),
    ):
        answer = client.post("/api/parity/run", bad, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["attr"] == attr


def test_nothing_to_compare_says_so(feed: list[FeedBatch]) -> None:
    assert len(RULES) > 3
    assert len(cached("SPY")) == 0
    with pytest.raises(NoSessionError, match="live took no bar of SPY on 2025-06-06"):
        run_parity(symbol="SPY", session_date=DAY)
    with pytest.raises(NoSessionError, match="SPY had no session on 2025-06-07"):
        run_parity(symbol="SPY", session_date=date(2025, 6, 7))
