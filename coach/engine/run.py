"""Window-invariant runs: the triggers of [start, end), whatever start was asked for.

Each block is scanned from its anchor (``coach.engine.anchors``) with a state of its own, so blocks
are independent: they may run on threads, and their triggers may be cached by ``content_hash``.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from coach.engine.anchors import anchor_of, block_of, block_start
from coach.engine.bars import Bars
from coach.engine.kernel import INDICATORS, NO_TRIGGERS, new_state, scan, scan_indicators
from coach.engine.layout import RecordArray
from coach.engine.outcome import HORIZON
from coach.engine.ruleset import RuleSet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of bars, as positions in ``Bars``.

    The scan begins at ``first`` (the anchor) and keeps what lies in [start, stop); the block itself
    is [begin, end). ``warm`` is False where the data began after the anchor.
    """

    number: int
    first: int
    begin: int
    end: int
    start: int
    stop: int
    warm: bool

    def whole(self) -> "Block":
        """The same block with nothing cut off by a window; what a cache should hold."""
        return replace(self, start=self.begin, stop=self.end)


def covers(bars: Bars, anchor: int, complete_from: int | None) -> bool:
    """True if the data reach back to an anchor day.

    ``complete_from`` is the first day that the source claims to hold completely; without it the
    first bar speaks: an earlier session, or the anchor day's own open.
    """
    if complete_from is not None:
        return complete_from <= anchor
    if not len(bars):
        return False
    return covered_by(int(bars.session_day[0]), int(bars.ts[0] - bars.session_open[0]), anchor)


def covered_by(first_day: int, into_session_ms: int, anchor: int) -> bool:
    """``covers`` for data whose first bar lies so far into the session of a day."""
    return first_day < anchor or (first_day == anchor and into_session_ms <= 0)


def blocks(
    bars: Bars,
    timeframe: str,
    start_ts: int | None = None,
    end_ts: int | None = None,
    *,
    complete_from: int | None = None,
) -> tuple[Block, ...]:
    """The blocks that hold bars with ``start_ts <= ts < end_ts``, oldest first."""
    start = 0 if start_ts is None else bars.position(start_ts)
    stop = len(bars) if end_ts is None else bars.position(end_ts)
    found = []
    at = start
    while at < stop:
        number = block_of(int(bars.session_day[at]), timeframe)
        anchor = anchor_of(number, timeframe)
        begin, end, first = (
            # A key of another type would make numpy convert the whole column, for every block.
            int(np.searchsorted(bars.session_day, np.int32(day)))
            for day in (block_start(number, timeframe), block_start(number + 1, timeframe), anchor)
        )
        warm = covers(bars, anchor, complete_from)
        found.append(Block(number, first, begin, end, at, min(end, stop), warm))
        at = end
    return tuple(found)


def content_hash(bars: Bars, block: Block) -> str:
    """Digest of everything a block's triggers and outcomes depend on but engine and rules.

    Covers the bars from the anchor to the block's end and the outcome tail, and ``warm``.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{block.first - block.begin}:{block.end - block.begin}:{block.warm}".encode())
    for column in bars.slice(block.first, min(len(bars), block.end + HORIZON)).columns:
        digest.update(column.tobytes())
    return digest.hexdigest()


def scan_block(bars: Bars, ruleset: RuleSet, block: Block) -> RecordArray:
    """Triggers of one block's [start, stop)."""
    state = new_state(warm=block.warm)
    return scan(bars, ruleset, state, start=block.first, emit_from=block.start, stop=block.stop)


def run(
    bars: Bars,
    ruleset: RuleSet,
    start_ts: int | None = None,
    end_ts: int | None = None,
    *,
    threads: int = 1,
    complete_from: int | None = None,
) -> RecordArray:
    """Triggers of the bars with ``start_ts <= ts < end_ts``; equal bytes at any thread count.

    ``bars`` should reach back to the anchor of ``start_ts`` (triggers say ``warm`` 0 if they do
    not). Times are epoch ms UTC.
    """
    wanted = blocks(bars, ruleset.timeframe, start_ts, end_ts, complete_from=complete_from)
    parts = _each(lambda block: scan_block(bars, ruleset, block), wanted, threads)
    return np.concatenate(parts) if parts else NO_TRIGGERS


def indicators(
    bars: Bars,
    timeframe: str,
    start_ts: int | None = None,
    end_ts: int | None = None,
    *,
    complete_from: int | None = None,
) -> dict[str, NDArray[np.float64]]:
    """The evaluator's own lines for a chart, one value a bar of [start_ts, end_ts), NaN if none."""
    parts = [
        scan_indicators(bars, start=block.first, keep_from=block.start, stop=block.stop)
        for block in blocks(bars, timeframe, start_ts, end_ts, complete_from=complete_from)
    ]
    lines = np.concatenate(parts, axis=1) if parts else np.zeros((len(INDICATORS), 0))
    return dict(zip(INDICATORS, lines, strict=True))


def _each(work: Callable[[Block], T], wanted: tuple[Block, ...], threads: int) -> list[T]:
    if threads <= 1 or len(wanted) <= 1:
        return [work(block) for block in wanted]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, wanted))
