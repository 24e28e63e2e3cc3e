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
from coach.market.models import Instrument
from coach.market.selectors import load_bars
from coach.market.services import append_received, ensure_instrument, upsert_bars
from coach.market.sources.files import read_bar_file
from coach.market.sources.synthetic import DEMO_SYMBOLS, make_session

START_MS, END_MS = 1_262_304_000_000, 1_735_689_600_000  # 2010 to 2025
MINUTE_MS = 60_000
MANY = 8_000
SYMBOL = "BENCH"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: median and best of its rounds by the wall, best by the CPU's time (near
    to what a machine with nothing else to do would reach), and what is asked for."""

    name: str
    median: float
    best: float
    cpu: float
    unit: str
    target: str
    rounds: int


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of some rounds."""

    median: float
    best: float
    cpu: float
    rounds: int

    def milliseconds(self, name: str, target: str = "", *, per: int = 1) -> Figure:
        """As a figure in ms, each of `per` pieces of work."""
        median, best, cpu = (each * 1000 / per for each in (self.median, self.best, self.cpu))
        return Figure(name, median, best, cpu, "ms", target, self.rounds)

    def rate(self, name: str, count: int, target: str = "") -> Figure:
        """As a figure in bars a second."""
        median, best, cpu = (count / each for each in (self.median, self.best, self.cpu))
        return Figure(name, median, best, cpu, "bars/s", target, self.rounds)


def measure(*, folder: Path, bars: int, rounds: int) -> list[Figure]:
    """Every figure, in the database that Django is set up for."""
    call_command("migrate", verbosity=0)
    columns = minutes_of_sessions(bars)
    path = folder / "bars.csv"
    _write_csv(columns, path)
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
    symbols = iter(f"{SYMBOL}{index}" for index in range(rounds))

    def read_and_write() -> None:
        symbol = ensure_instrument(symbol=next(symbols)).symbol
        upsert_bars(symbol=symbol, timeframe="1m", bars=read_bar_file(path).bars)

    def again() -> None:
        upsert_bars(symbol=f"{SYMBOL}0", timeframe="1m", bars=columns)

    count = len(columns)
    yield timed(read_and_write, rounds=rounds).rate("import: CSV to cache", count, ">= 500,000")
    yield timed(again, rounds=rounds).rate("import again, nothing new", count)


def _load(columns: BarColumns, rounds: int) -> Iterable[Figure]:
    first, last = int(columns.ts[0]), int(columns.ts[-1]) + 1
    year = last - 365 * 86_400_000
    size = f"{len(columns):,} bars"

    def load(timeframe: str, start: int) -> Timing:
        return timed(lambda: load_bars(f"{SYMBOL}0", timeframe, start, last), rounds=rounds)

    yield load("1m", first).milliseconds(f"load {size} with sessions", "<= 100")
    yield load("1m", year).milliseconds("load a year of minutes")
    yield load("5m", first).milliseconds(f"load {size} as 5m")
    sessions = timed(lambda: session_columns(XNYS, columns.ts), rounds=rounds)
    yield sessions.milliseconds(f"sessions of {size}")


def _synthetic(rounds: int) -> Figure:
    sessions = list(sessions_between(XNYS, START_MS, START_MS + 10 * 86_400_000))

    def make() -> None:
        for session in sessions:
            make_session(seed=1, symbol=DEMO_SYMBOLS[0], calendar=XNYS, session=session)

    name = "a synthetic session, second by second"
    return timed(make, rounds=rounds).milliseconds(name, "<= 20", per=len(sessions))


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

    return timed(close, rounds=rounds).milliseconds(f"minute close of {MANY:,} symbols kept")


def timed(work: Callable[[], object], *, rounds: int) -> Timing:
    """How long so many rounds took."""
    wall, cpu = [], []
    for _ in range(rounds):
        started, worked = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    return Timing(statistics.median(wall), min(wall), min(cpu), rounds)
