"""The bar cache: what is written is read, writing again changes nothing, bad bars are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.engine.bars import Refusal
from coach.engine.resample import resample
from coach.market.columns import BarColumns, pack, same, unpack
from coach.market.models import BarChunk, ReceivedBar
from coach.market.reading import read_columns
from coach.market.selectors import UnknownSymbolError, data_range, load_bars
from coach.market.services import append_received, compact_received, upsert_bars
from coach.market.tests.factories import MINUTE, InstrumentFactory, feed_bar, minute_bars, ms

pytestmark = pytest.mark.django_db
OPEN = ms("2024-07-03T13:30")  # a half day: closes at 17:00 UTC


def test_pack_keeps_every_bit_with_and_without_vwap() -> None:
    bars = minute_bars(OPEN, 5)
    assert same(unpack(pack(bars), 5), bars)
    assert len(pack(bars)) == 5 * 6 * 8
    bars.vwap[2] = 100.123456789
    assert same(unpack(pack(bars), 5), bars)
    with pytest.raises(ValueError, match="does not hold 4 bars"):
        unpack(pack(bars), 4)


def test_bars_come_back_with_their_sessions() -> None:
    symbol = InstrumentFactory.create().symbol
    report = upsert_bars(symbol=symbol, timeframe="1m", bars=minute_bars(OPEN - 30 * MINUTE, 300))
    assert (report.inserted, report.updated, report.unchanged) == (300, 0, 0)

    bars = load_bars(symbol, "1m", OPEN - 40 * MINUTE, OPEN + 400 * MINUTE)
    assert len(bars) == 210  # the half day: 9:30 to 13:00
    assert int(bars.ts[0]) == OPEN
    assert set(bars.session_close.tolist()) == {OPEN + 210 * MINUTE}
    extended = load_bars(symbol, "1m", OPEN - 40 * MINUTE, OPEN + 400 * MINUTE, session="extended")
    assert len(extended) == 300
    assert set(extended.session_open.tolist()) == {ms("2024-07-03T08:00")}


def test_unknown_symbol_and_timeframe_are_named() -> None:
    with pytest.raises(UnknownSymbolError, match="'NOPE' is unknown"):
        load_bars("NOPE", "1m", 0, 1)
    symbol = InstrumentFactory.create().symbol
    with pytest.raises(ValueError, match="timeframe '2m' is not one of"):
        load_bars(symbol, "2m", 0, 1)
    with pytest.raises(ValueError, match="timeframe '2m' is not one of"):
        upsert_bars(symbol=symbol, timeframe="2m", bars=minute_bars(OPEN, 1))


@given(
    first=st.lists(st.integers(0, 20_000), unique=True, max_size=30),
    second=st.lists(st.integers(0, 20_000), unique=True, max_size=30),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_upserts_are_idempotent_and_the_later_one_wins(first: list[int], second: list[int]) -> None:
    symbol = InstrumentFactory.create(calendar="24/7").symbol
    one, two = (_at(sorted(each), price) for each, price in ((first, 50.0), (second, 70.0)))
    upsert_bars(symbol=symbol, timeframe="1m", bars=one)
    report = upsert_bars(symbol=symbol, timeframe="1m", bars=two)
    assert report.inserted == len(set(second) - set(first))
    assert report.updated == len(set(second) & set(first))

    before = list(BarChunk.objects.values_list("pk", "data", "updated_at").order_by("pk"))
    again = upsert_bars(symbol=symbol, timeframe="1m", bars=two)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, len(second))
    assert list(BarChunk.objects.values_list("pk", "data", "updated_at").order_by("pk")) == before

    held = read_columns(symbol, "1m", 0, 30_000 * MINUTE + OPEN)
    expected = dict.fromkeys(first, 50.0) | dict.fromkeys(second, 70.0)
    assert dict(zip(((held.ts - OPEN) // MINUTE).tolist(), held.close.tolist(), strict=True)) == {
        minute: expected[minute] for minute in sorted(expected)
    }


def test_bad_bars_are_refused_by_row_and_nothing_else_is_lost() -> None:
    symbol = InstrumentFactory.create().symbol
    bars = minute_bars(OPEN, 10)
    bars.high[2] = 1.0
    bars.volume[4] = -1
    bars.close[5] = np.nan
    bars.ts[7] += 1
    bars.ts[9] = bars.ts[8]
    report = upsert_bars(symbol=symbol, timeframe="1m", bars=bars)
    assert report.inserted == 5
    assert [(each.row, each.field) for each in report.refused] == [
        (2, "high"),
        (4, "volume"),
        (5, "close"),
        (7, "ts"),
        (9, "ts"),
    ]
    assert "duplicate" in report.refused[-1].reason


def test_seconds_taken_for_milliseconds_are_refused() -> None:
    symbol = InstrumentFactory.create(calendar="24/7").symbol
    bars = minute_bars(OPEN, 3)
    bars.ts[0] //= 1000
    bars.low[1] = 200.0
    refused = _refused(symbol, "1m", bars)
    assert [(each.row, each.field) for each in refused] == [(0, "ts"), (1, "high")]
    assert "not in 1990-01-01 to 2049-12-31, in epoch ms" in refused[0].reason


def test_microbars_lie_on_whole_seconds() -> None:
    symbol = InstrumentFactory.create().symbol
    bars = minute_bars(OPEN, 4, step=1000)
    bars.ts[3] += 500
    report = upsert_bars(symbol=symbol, timeframe="1s", bars=bars)
    assert (report.inserted, len(report.refused)) == (3, 1)


def test_intraday_bars_lie_on_the_grid_of_their_session() -> None:
    symbol = InstrumentFactory.create().symbol
    hour = 60 * MINUTE
    good = minute_bars(OPEN, 3, step=hour)
    assert upsert_bars(symbol=symbol, timeframe="1h", bars=good).inserted == 3
    clock_hours = minute_bars(OPEN + hour // 2, 2, step=hour)
    assert [each.field for each in _refused(symbol, "1h", clock_hours)] == ["ts", "ts"]
    closed = minute_bars(OPEN - 2 * hour, 1, step=hour)
    assert [each.field for each in _refused(symbol, "1h", closed)] == ["ts"]


def test_higher_timeframes_come_from_minutes_where_a_session_has_them() -> None:
    symbol = InstrumentFactory.create().symbol
    day = 86_400_000
    monday, tuesday = ms("2024-07-01"), ms("2024-07-02")
    daily = BarColumns.of([(monday, 9, 10, 8, 9.5, 1000), (tuesday, 9, 11, 8, 9.5, 1000)])
    upsert_bars(symbol=symbol, timeframe="1d", bars=daily)
    minutes = minute_bars(ms("2024-07-02T13:30"), 390)
    upsert_bars(symbol=symbol, timeframe="1m", bars=minutes)

    bars = load_bars(symbol, "1d", monday, monday + 10 * day)
    assert bars.ts.tolist() == [monday, tuesday]
    assert bars.close.tolist() == [9.5, float(minutes.close[-1])]
    assert bars.session_open.tolist() == [ms("2024-07-01T13:30"), ms("2024-07-02T13:30")]

    fives = load_bars(symbol, "5m", tuesday, tuesday + day)
    whole = load_bars(symbol, "1m", tuesday, tuesday + day)
    expected = resample(whole, "5m", as_of=int(whole.session_close[0]))
    assert len(fives) == 78
    for mine, theirs in zip(fives.columns, expected.columns, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    cut = load_bars(symbol, "5m", int(fives.ts[3]) + 1, int(fives.ts[6]) + 1)
    assert cut.ts.tolist() == fives.ts[4:7].tolist()


def test_an_unfinished_bucket_is_not_shown() -> None:
    symbol = InstrumentFactory.create().symbol
    upsert_bars(symbol=symbol, timeframe="1m", bars=minute_bars(OPEN, 8))
    assert len(load_bars(symbol, "5m", OPEN, OPEN + 60 * MINUTE)) == 1
    later = load_bars(symbol, "5m", OPEN, OPEN + 60 * MINUTE, as_of_ms=OPEN + 10 * MINUTE)
    assert len(later) == 2


def test_received_bars_count_at_once_and_their_first_version_is_kept() -> None:
    symbol = InstrumentFactory.create().symbol
    upsert_bars(symbol=symbol, timeframe="1m", bars=minute_bars(OPEN, 3))
    third = OPEN + 3 * MINUTE
    assert append_received([feed_bar(symbol, third, 50)], source="test") == 1
    assert append_received([feed_bar(symbol, third, 99)], source="test") == 0  # the first stays
    assert load_bars(symbol, "1m", OPEN, OPEN + 9 * MINUTE).close.tolist()[-1] == 50
    assert data_range(symbol) == (OPEN, OPEN + 4 * MINUTE)

    correction = feed_bar(symbol, third, 51, revision=True)
    assert append_received([correction, correction], source="test") == 1
    assert load_bars(symbol, "1m", third, third + 1).close.tolist() == [51]
    first = load_bars(symbol, "1m", third, third + 1, version="received")
    assert first.close.tolist() == [50]


def test_compaction_moves_the_latest_version_and_keeps_the_rows() -> None:
    symbol = InstrumentFactory.create().symbol
    append_received([feed_bar(symbol, OPEN + i * MINUTE, 50 + i) for i in range(4)], source="test")
    append_received([feed_bar(symbol, OPEN, 60, revision=True)], source="test")
    before = load_bars(symbol, "1m", OPEN, OPEN + 9 * MINUTE)
    assert compact_received(before_ms=OPEN + 3 * MINUTE) == 3
    assert compact_received(before_ms=OPEN + 3 * MINUTE) == 0
    after = load_bars(symbol, "1m", OPEN, OPEN + 9 * MINUTE)
    for mine, theirs in zip(before.columns, after.columns, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert BarChunk.objects.get().count == 3
    assert ReceivedBar.objects.filter(compacted=True).count() == 4
    assert load_bars(symbol, "1m", OPEN, OPEN + 1, version="received").close.tolist() == [50]


def test_bars_given_later_supersede_what_was_received() -> None:
    symbol = InstrumentFactory.create().symbol
    append_received([feed_bar(symbol, OPEN + i * MINUTE, 50) for i in range(3)], source="test")
    upsert_bars(symbol=symbol, timeframe="1m", bars=minute_bars(OPEN, 1))
    closes = load_bars(symbol, "1m", OPEN, OPEN + 9 * MINUTE).close.tolist()
    assert closes == [100.0, 50.0, 50.0]


def _at(minutes: list[int], price: float) -> BarColumns:
    return BarColumns.of([(OPEN + m * MINUTE, price, price, price, price, 1.0) for m in minutes])


def _refused(symbol: str, timeframe: str, bars: BarColumns) -> list[Refusal]:
    return list(upsert_bars(symbol=symbol, timeframe=timeframe, bars=bars).refused)
