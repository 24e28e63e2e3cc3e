"""Chance: the bootstrap by session, and the circular shift of the entries (pure).

Both work on whole millionths of R, so their sums are exact at any number of threads. Random draws
are PCG64, seeded from the run's id and the name of the purpose.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.statistics import MICRO, Int64
from coach.engine.jit import column, ensure, entry, i8

RESAMPLES: Final = 2_000
SHIFTS: Final = 999
LEVEL: Final = 0.90
_TILE: Final = 500  # entries
_ROWS: Final = 250  # resamples drawn at once: their draws stay inside the processor's cache

Int32 = NDArray[np.int32]
UInt32 = NDArray[np.uint32]


def generator(run_key: str, purpose: str) -> np.random.Generator:
    """PCG64 seeded from a run's id and what the draws are for."""
    digest = hashlib.sha256(f"{run_key}/{purpose}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


@entry(column("i8", 2), column("i4", 2), column("i8", 2, writable=True))
def resample_kernel(table: Int64, drawn: Int32, out: Int64) -> None:
    """Sum the drawn rows (sessions) of ``table`` for each row of ``drawn``."""
    for b in range(drawn.shape[0]):
        for i in range(drawn.shape[1]):
            row = drawn[b, i]
            for c in range(table.shape[1]):
                out[b, c] += table[row, c]


def session_bootstrap(
    sums: Int64, counts: Int64, random: np.random.Generator
) -> list[tuple[float, float] | None]:
    """90 % intervals of mean R, resampling whole sessions with replacement.

    Trades of one session share its weather; drawing sessions keeps that together.

    Args:
        sums: (sessions, cells) R in millionths; counts: (sessions, cells) outcomes.

    Returns:
        (low, high) in R for each cell, None for a cell without outcomes.
    """
    sessions, cells = sums.shape
    if sessions == 0:
        return [None] * cells
    ensure(resample_kernel)
    table = np.ascontiguousarray(np.concatenate((sums, counts), axis=1))
    out = np.zeros((RESAMPLES, 2 * cells), np.int64)
    for at in range(0, RESAMPLES, _ROWS):
        drawn = random.integers(0, sessions, size=(_ROWS, sessions), dtype=np.int32)
        resample_kernel(table, drawn, out[at : at + _ROWS])
    return [_bounds(out[:, c], out[:, cells + c]) for c in range(cells)]


def _bounds(sums: Int64, counts: Int64) -> tuple[float, float] | None:
    held = counts > 0
    if not held.any():
        return None
    means = sums[held] / counts[held] / MICRO
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class EveryBar:
    """What an entry at each evaluated bar would have come to, by direction.

    ``long`` and ``short``: clipped R in millionths, 0 where there is none; ``nowhere``: positions
    of the bars that have none (no ATR yet, the session's last bar, the end of the data).
    """

    long: Int32
    short: Int32
    nowhere: Int64

    def __len__(self) -> int:
        """Number of bars."""
        return len(self.long)

    def doubled(self) -> "EveryBar":
        """Each column twice in a row, so that a shifted position needs no wrapping."""
        return EveryBar(np.tile(self.long, 2), np.tile(self.short, 2), self.nowhere)


@entry(column("i4"), column("u4"), column("i8"), column("i8", writable=True))
def shift_kernel(table: Int32, positions: UInt32, shifts: Int64, out: Int64) -> None:
    """Add to ``out`` the sum of a doubled table over the positions, for each shift.

    A few entries at a time under all shifts, which ascend: what a shift reads of the table the next
    one mostly reads again, so it comes from the processor's cache.
    """
    for at in range(0, positions.shape[0], _TILE):
        end = min(at + _TILE, positions.shape[0])
        for b in range(shifts.shape[0]):
            total = 0
            ahead = table[shifts[b] :]
            for j in range(at, end):
                total += ahead[positions[j]]
            out[b] += total


@entry(column("i4"), column("i8"), column("i8"), i8, column("i8", writable=True))
def hits_kernel(entries: Int32, nowhere: Int64, shifts: Int64, bars: int, out: Int64) -> None:
    """Entries that a shift moves onto a bar without an outcome; ``entries`` counts them by bar."""
    for b in range(shifts.shape[0]):
        total = 0
        base = bars - shifts[b]
        for j in range(nowhere.shape[0]):
            at = nowhere[j] + base
            total += entries[at - bars if at >= bars else at]
        out[b] = total


def shifted_sums(
    every: EveryBar, positions: Int64, directions: NDArray[np.int8], shifts: Int64
) -> tuple[Int64, Int64]:
    """Sum of R in millionths and number of outcomes of entries moved on by each shift, exactly.

    ``every`` is doubled. Positions count evaluated bars; a shift runs around the end.
    """
    for kernel in (shift_kernel, hits_kernel):
        ensure(kernel)
    bars = len(every) // 2
    sums, hits = np.zeros(len(shifts), np.int64), np.zeros(len(shifts), np.int64)
    for table, side in ((every.long, 1), (every.short, -1)):
        shift_kernel(table, positions[directions == side].astype(np.uint32), shifts, sums)
    entries = np.bincount(positions, minlength=bars).astype(np.int32)
    hits_kernel(entries, every.nowhere, shifts, bars, hits)
    return sums, len(positions) - hits


def draw_shifts(bars: int, random: np.random.Generator) -> Int64:
    """999 shifts, uniform on 1 … bars-1, ascending; none where there is nowhere to shift to."""
    if bars < 2:
        return np.zeros(0, np.int64)
    return np.sort(random.integers(1, bars, size=SHIFTS, dtype=np.int64))


def chance_of_mean(sums: Int64, counts: Int64) -> float | None:
    """p = (1 + #{shifted mean ≥ own mean}) / (B + 1); the first entry is shift 0, the run itself.

    None without an outcome, or without a shift.
    """
    if len(sums) < 2 or counts[0] == 0:
        return None
    held = counts[1:] > 0
    own = int(sums[0]) / int(counts[0])
    reached = int(np.count_nonzero(sums[1:][held] / counts[1:][held] >= own))
    return (1 + reached) / (len(sums))


def chance_of_entries(
    every: EveryBar,
    cells: Sequence[tuple[Int64, NDArray[np.int8]]],
    random: np.random.Generator,
    pool: Executor | None = None,
) -> list[float | None]:
    """p_random of several groups of entries under the same shifts, and of all of them together.

    Args:
        every: doubled; cells: (positions, directions) of each group.

    Returns:
        One p for each group, then one for all entries.
    """
    drawn = draw_shifts(len(every) // 2, random)
    shifts = np.concatenate((np.zeros(1, np.int64), drawn))
    parts = np.array_split(shifts, 4) if pool is not None else [shifts]
    groups = []
    for positions, directions in cells:
        work = [(every, positions, directions, np.ascontiguousarray(part)) for part in parts]
        done = pool.map(_shifted, work) if pool is not None else map(_shifted, work)
        sums, counts = zip(*done, strict=True)
        groups.append((np.concatenate(sums), np.concatenate(counts)))
    if groups:
        groups.append((sum(s for s, _ in groups), sum(c for _, c in groups)))  # type: ignore[arg-type]
    return [chance_of_mean(sums, counts) for sums, counts in groups]


def _shifted(work: tuple[EveryBar, Int64, NDArray[np.int8], Int64]) -> tuple[Int64, Int64]:
    return shifted_sums(*work)
