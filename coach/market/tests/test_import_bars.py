"""`import_bars`: CSV and Parquet, what is refused, what is kept."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from coach.market.columns import BarColumns, same
from coach.market.models import Instrument
from coach.market.reading import read_columns
from coach.market.sources.files import BarFileError, read_bar_file
from coach.market.tests.factories import MINUTE, minute_bars, ms

OPEN = ms("2024-07-02T13:30")
HEADER = "ts,open,high,low,close,volume"


def csv_of(bars: BarColumns, header: str = HEADER) -> str:
    rows = zip(*(column.tolist() for column in bars.columns()[:6]), strict=True)
    return "\n".join([header, *(",".join(map(repr, row)) for row in rows), ""])


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def run(path: Path, symbol: str = "SPY", *args: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(
        "import_bars", str(path), "--symbol", symbol, "--timeframe", "1m", *args,
        stdout=out, stderr=err,
    )  # fmt: skip
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_a_csv_becomes_an_instrument_with_bars(tmp_path: Path) -> None:
    bars = minute_bars(OPEN, 400)
    out, err = run(write(tmp_path / "spy.csv", csv_of(bars)))
    assert "400 new, 0 changed, 0 as they were, 0 refused" in out
    assert err == ""
    assert Instrument.objects.get().calendar == "XNYS"
    assert same(read_columns("SPY", "1m", OPEN, OPEN + 400 * MINUTE), bars)
    out, _ = run(tmp_path / "spy.csv")
    assert "0 new, 0 changed, 400 as they were" in out


@pytest.mark.django_db
def test_bad_rows_are_named_by_their_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    lines = csv_of(minute_bars(OPEN, 9)).splitlines()
    lines[2] = f"{OPEN + MINUTE},100,n/a,99,100,5"
    lines[3] = f"{OPEN + 2 * MINUTE},100,99,98,100,5"  # open above the high
    lines[4] = "1,2,3"
    lines[5] = f"{OPEN + 4 * MINUTE},100,101,99,,5"
    lines[7] = lines[6]
    lines[8] = f"{OPEN + 7 * MINUTE + 1},100,101,99,100,5"
    out, err = run(write(tmp_path / "spy.csv", "\n".join(lines)))
    assert "3 new, 0 changed, 0 as they were, 6 refused" in out
    assert [line.rsplit(":", 1)[0] for line in err.splitlines()] == [
        "row 3: high",
        "row 4: open",
        "row 5: row",
        "row 6: close",
        "row 8: ts",
        "row 9: ts",
    ]
    held = read_columns("SPY", "1m", OPEN, OPEN + 20 * MINUTE)
    assert ((held.ts - OPEN) // MINUTE).tolist() == [0, 5, 8]


@pytest.mark.django_db
def test_only_a_file_without_a_single_good_row_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "spy.csv", f"{HEADER}\n{OPEN},1,2,3,4,5\n")
    with pytest.raises(CommandError, match=r"nothing imported.*1 refused"):
        run(path)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("symbol", "args", "calendar"),
    [("X:BTCUSD", (), "24/7"), ("BTCUSD", ("--calendar", "24/7"), "24/7"), ("BRK.B", (), "XNYS")],
)
def test_the_calendar_follows_the_prefix_unless_named(
    tmp_path: Path, symbol: str, args: tuple[str, ...], calendar: str
) -> None:
    run(write(tmp_path / "bars.csv", csv_of(minute_bars(OPEN, 3))), symbol, *args)
    assert Instrument.objects.get(symbol=symbol).calendar == calendar


@pytest.mark.django_db
def test_wrong_names_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = write(tmp_path / "bars.csv", csv_of(minute_bars(OPEN, 3)))
    with pytest.raises(CommandError, match="symbol 'spy'"):
        run(path, "spy")
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")
    assert not Instrument.objects.exists()
    run(path, "SPY")
    with pytest.raises(CommandError, match="SPY has calendar XNYS, not 24/7"):
        run(path, "SPY", "--calendar", "24/7")


def test_parquet_with_epoch_ms_or_zoned_times_and_vwap(tmp_path: Path) -> None:
    bars = minute_bars(OPEN, 50)
    bars.vwap[10:] = bars.close[10:] + 0.001
    names = ("ts", "open", "high", "low", "close", "volume", "vwap")
    table = pa.table(dict(zip(names, bars.columns(), strict=True)))
    pq.write_table(table, tmp_path / "ms.parquet")
    assert same(read_bar_file(tmp_path / "ms.parquet").bars, bars)
    zoned = table.set_column(0, "TS ", table["ts"].cast(pa.timestamp("ms", "America/New_York")))
    pq.write_table(zoned, tmp_path / "zoned.parquet")
    assert same(read_bar_file(tmp_path / "zoned.parquet").bars, bars)
    naive = table.set_column(0, "ts", table["ts"].cast(pa.timestamp("ms")))
    pq.write_table(naive, tmp_path / "naive.parquet")
    with pytest.raises(BarFileError, match="without a zone"):
        read_bar_file(tmp_path / "naive.parquet")


def test_parquet_rows_with_an_empty_cell_are_named(tmp_path: Path) -> None:
    table = pa.table(
        {
            "ts": [OPEN, OPEN + MINUTE, OPEN + 2 * MINUTE],
            "open": [1.0, None, 1.0],
            "high": [1.0, None, 1.0],
            "low": [1.0, 1.0, 1.0],
            "close": [1.0, 1.0, 1.0],
            "volume": [1, 1, 1],
        }
    )
    pq.write_table(table, tmp_path / "bars.parquet")
    found = read_bar_file(tmp_path / "bars.parquet")
    assert found.rows.tolist() == [1, 3]
    assert [(each.row, each.field) for each in found.refused] == [(2, "open")]


def test_csv_with_iso_times_other_order_more_columns_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = (
        "\ufeffClose,TS,open,high,low,volume,note\n"
        "10.5,2024-07-02T09:30:00-04:00,10,11,9,100,a\n"
        "10.6,2024-07-02T13:31:00Z,10,11,9,100,b\n"
    )
    found = read_bar_file(write(tmp_path / "bars.csv", text))
    assert found.bars.ts.tolist() == [OPEN, OPEN + MINUTE]
    assert found.bars.close.tolist() == [10.5, 10.6]
    assert np.isnan(found.bars.vwap).all()


def test_a_time_without_its_zone_is_refused(tmp_path: Path) -> None:
    text = f"{HEADER}\n2024-07-02 13:30:00,10,11,9,10,1\n{OPEN},10,11,9,10,1\n"
    found = read_bar_file(write(tmp_path / "bars.csv", text))
    assert found.bars.ts.tolist() == [OPEN]
    assert "with its zone" in found.refused[0].reason


def test_a_file_that_runs_backwards_is_turned_around(tmp_path: Path) -> None:
    bars = minute_bars(OPEN, 20)
    path = write(tmp_path / "bars.csv", csv_of(bars.take(slice(None, None, -1))))
    found = read_bar_file(path)
    assert same(found.bars, bars)
    assert found.rows.tolist() == list(range(21, 1, -1))


@pytest.mark.parametrize("text", ["", "ts,open\n1,2\n", "\x00\x01"])
def test_a_file_without_the_columns_says_which(tmp_path: Path, text: str) -> None:
    with pytest.raises(BarFileError, match=r"missing|bars.csv"):
        read_bar_file(write(tmp_path / "bars.csv", text))
