"""What is measured: import, load, sessions, the synthetic market, a minute's close of many."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from django.core.management import call_command
from django.db import transaction

from coach.market.calendars import XNYS, session_columns, session_table, sessions_between
from coach.market.columns import NAMES, BarColumns, Int64
from coach.market.feed import FeedBar
from coach.market.models import BarChunk, Instrument
from coach.market.selectors import load_bars
from coach.market.services import append_received, ensure_instrument, upsert_bars
from coach.market.sources.files import read_bar_file
from coach.market.sources.synthetic import DEMO_SYMBOLS, make_session

START_MS, END_MS = 1_262_304_000_000, 1_735_689_600_000  # 2010 to 2025
MINUTE_MS = 60_000
MANY = 8_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: the median of its rounds, and what is asked for."""

    name: str
    value: float
    unit: str
    target: str
    rounds: int


def measure(*, folder: Path, bars: int, rounds: int) -> list[Figure]:
    """Every figure, in the database that Django is set up for."""
    call_command("migrate", verbosity=0)
    columns = minutes_of_sessions(bars)
    path = folder / "bars.csv"
    _write_csv(columns, path)
    ensure_instrument(symbol="BENCH")
    return [
        *_import(path, columns, rounds),
        *_load(columns, rounds),
        _synthetic(rounds),
        _minute_close(rounds),
    ]


def minutes_of_sessions(count: int) -> BarColumns:
    """So many regular-session minutes of XNYS, a random walk."""
    table = session_table(XNYS, START_MS, END_MS)
    spans = zip(table.open_ms.tolist(), table.close_ms.tolist(), strict=True)
    ts: Int64 = np.concatenate([np.arange(a, b, MINUTE_MS) for a, b in spans])[:count]
    draw = np.random.Generator(np.random.PCG64(1))
    close = np.round(100 + np.cumsum(draw.normal(0, 0.01, len(ts))) % 50, 2)
    volume = draw.integers(100, 10_000, len(ts)).astype(np.float64)
    no_vwap = np.full(len(ts), np.nan)
    return BarColumns(ts, close.copy(), close + 0.05, close - 0.05, close, volume, no_vwap)


def _write_csv(columns: BarColumns, path: Path) -> None:
    table = pa.table(dict(zip(NAMES[:-1], columns.columns()[:-1], strict=True)))
    pacsv.write_csv(table, path)


def _import(path: Path, columns: BarColumns, rounds: int) -> Iterable[Figure]:
    def read_and_write() -> None:
        BarChunk.objects.all().delete()
        file = read_bar_file(path)
        upsert_bars(symbol="BENCH", timeframe="1m", bars=file.bars)

    def again() -> None:
        upsert_bars(symbol="BENCH", timeframe="1m", bars=columns)

    seconds = timed(read_and_write, rounds=rounds)
    yield Figure(
        "import: CSV file to cache", len(columns) / seconds, "bars/s", ">= 500,000", rounds
    )
    yield Figure(
        "import again, nothing new",
        len(columns) / timed(again, rounds=rounds),
        "bars/s",
        "",
        rounds,
    )


def _load(columns: BarColumns, rounds: int) -> Iterable[Figure]:
    first, last = int(columns.ts[0]), int(columns.ts[-1]) + 1
    size = f"{len(columns):,} bars"
    seconds = timed(lambda: load_bars("BENCH", "1m", first, last), rounds=rounds)
    yield Figure(f"load {size} with sessions", seconds * 1000, "ms", "<= 100", rounds)
    year = last - 365 * 86_400_000
    seconds = timed(lambda: load_bars("BENCH", "1m", year, last), rounds=rounds)
    yield Figure("load a year of minutes", seconds * 1000, "ms", "", rounds)
    seconds = timed(lambda: load_bars("BENCH", "5m", first, last), rounds=rounds)
    yield Figure(f"load {size} as 5m", seconds * 1000, "ms", "", rounds)
    seconds = timed(lambda: session_columns(XNYS, columns.ts), rounds=rounds)
    yield Figure(f"sessions of {size}", seconds * 1000, "ms", "", rounds)


def _synthetic(rounds: int) -> Figure:
    sessions = list(sessions_between(XNYS, START_MS, START_MS + 10 * 86_400_000))

    def make() -> None:
        for session in sessions:
            make_session(seed=1, symbol=DEMO_SYMBOLS[0], calendar=XNYS, session=session)

    milliseconds = timed(make, rounds=rounds) * 1000 / len(sessions)
    return Figure("a synthetic session, second by second", milliseconds, "ms", "<= 20", rounds)


def _minute_close(rounds: int) -> Figure:
    symbols = [f"S{index}" for index in range(MANY)]
    Instrument.objects.bulk_create(Instrument(symbol=each, calendar=XNYS) for each in symbols)
    minutes = iter(range(START_MS, END_MS, MINUTE_MS))

    def close() -> None:
        ts = next(minutes)
        bars = [
            FeedBar(each, "1m", ts, 10.0, 11.0, 9.0, 10.0, 100.0, None, float(ts))
            for each in symbols
        ]
        with transaction.atomic():
            append_received(bars, source="bench")

    milliseconds = timed(close, rounds=rounds) * 1000
    return Figure(f"minute close of {MANY:,} symbols kept", milliseconds, "ms", "", rounds)


def timed(work: Callable[[], object], *, rounds: int) -> float:
    """Median seconds of so many rounds."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
