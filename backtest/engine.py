"""The harness: bars and rules in, evaluated triggers with their outcomes out (pure).

Nothing here decides what fires: blocks are scanned by ``coach.engine`` exactly as live does, in
parallel on threads, and kept by a hash of everything they depend on.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.everybar import every_bar
from backtest.resampling import EveryBar
from backtest.statistics import Int64, micro_r
from backtest.window import Market, Window, canonical, identity, market_of, run_key
from coach.engine.bars import Bars
from coach.engine.kernel import NO_TRIGGERS
from coach.engine.layout import RecordArray
from coach.engine.outcome import CLOSED, HORIZON, OUTCOME, outcomes, trigger_positions
from coach.engine.ruleset import RuleSet
from coach.engine.run import Block, scan_block
from coach.engine.version import engine_version

Progress = Callable[[float], None]
"""Called with the share of the work that is done, from the thread that evaluates."""

CACHE_BYTES: Final = 64 << 20
THREADS: Final = os.cpu_count() or 1


class CancelledError(Exception):
    """Raised by a progress callback to stop a run."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Triggers of a window with their outcomes.

    ``triggers`` and ``outcomes`` are equally long, of the engine's types, in order of time and rule
    id; ``positions`` are those of their bars in ``market.bars``. ``counted`` marks outcomes whose
    horizon has passed (no others enter a statistic), ``clipped`` their R in millionths, clipped to
    [-2, +4], 0 elsewhere. ``every`` is what any other entry would have come to.
    """

    run_key: str
    market: Market
    ruleset: RuleSet
    triggers: RecordArray
    outcomes: RecordArray
    positions: Int64
    counted: NDArray[np.bool_]
    clipped: Int64
    every: EveryBar

    def __len__(self) -> int:
        """Number of triggers."""
        return len(self.triggers)


class BlockCache:
    """Triggers and outcomes of blocks by content, the least recently used forgotten first.

    Safe for threads. What is kept is read-only.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit, self._held = limit, 0
        self._lock = threading.Lock()
        self._parts: OrderedDict[str, tuple[RecordArray, RecordArray]] = OrderedDict()

    def get(self, key: str) -> tuple[RecordArray, RecordArray] | None:
        """What is kept under a key."""
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
            return found

    def put(self, key: str, part: tuple[RecordArray, RecordArray]) -> None:
        """Keep a block's triggers and outcomes."""
        size = sum(each.nbytes for each in part)
        for each in part:
            each.setflags(write=False)
        with self._lock:
            if key in self._parts or size > self._limit:
                return
            self._parts[key] = part
            self._held += size
            while self._held > self._limit:
                _, old = self._parts.popitem(last=False)
                self._held -= sum(each.nbytes for each in old)

    def __len__(self) -> int:
        """Number of blocks kept."""
        return len(self._parts)


def threads(count: int = THREADS) -> ThreadPoolExecutor:
    """Threads for compiled work, which holds no lock."""
    return ThreadPoolExecutor(count, thread_name_prefix="backtest")


def prepare(
    window: Window,
    bars: Bars,
    *,
    as_of: int,
    complete_from: int | None = None,
    pool: Executor | None = None,
) -> Market:
    """The market of a window. ``bars`` should reach from its anchor to its tail.

    ``as_of``: end of the last bar that the source holds. ``complete_from``: first session day that
    it holds completely.
    """
    with _pool(pool) as used:
        return market_of(window, bars, as_of=as_of, complete_from=complete_from, pool=used)


def entries_everywhere(market: Market, *, pool: Executor | None = None) -> EveryBar:
    """What an entry at each evaluated bar would have come to; the same for every rule."""
    with _pool(pool) as used:
        window = market.window
        return every_bar(
            market.bars, market.blocks, window.timeframe, as_of=market.as_of, pool=used
        )


def evaluate(
    market: Market,
    ruleset: RuleSet,
    *,
    every: EveryBar | None = None,
    governor: str | None = None,
    pool: Executor | None = None,
    cache: BlockCache | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Triggers of the window and what became of them; equal bytes on any number of threads.

    ``every`` may be handed in where it is known; ``governor`` is the digest of what the gates read,
    if they are asked. Raises what ``progress`` raises.
    """
    key = run_key(identity(market, ruleset, governor=governor))
    with _pool(pool) as used:
        triggers, results = _scan(market, ruleset, used, cache, progress)
        known = every if every is not None else entries_everywhere(market, pool=used)
    counted = (results["status"] == CLOSED) & (results["matured"] == 1)
    clipped = np.zeros(len(results), np.int64)
    clipped[counted] = micro_r(results["r"][counted])
    return Evaluation(
        run_key=key,
        market=market,
        ruleset=ruleset,
        triggers=triggers,
        outcomes=results,
        positions=trigger_positions(market.bars, triggers),
        counted=counted,
        clipped=clipped,
        every=known,
    )


def _pool(pool: Executor | None) -> "ThreadPoolExecutor | nullcontext[Executor]":
    return threads() if pool is None else nullcontext(pool)


def _scan(
    market: Market,
    ruleset: RuleSet,
    pool: Executor,
    cache: BlockCache | None,
    progress: Progress | None,
) -> tuple[RecordArray, RecordArray]:
    parts = []
    rules = hashlib.sha256(canonical([engine_version(), ruleset.timeframe, ruleset.identity()]))
    work = zip(market.blocks, market.block_digests, strict=True)
    done = pool.map(
        lambda each: _scan_one(market, ruleset, each[0], rules.hexdigest() + each[1], cache), work
    )
    for count, part in enumerate(done, start=1):
        parts.append(part)
        if progress is not None:
            progress(count / len(market.blocks))
    if not parts:
        return NO_TRIGGERS, np.zeros(0, OUTCOME)
    return np.concatenate([t for t, _ in parts]), np.concatenate([o for _, o in parts])


def _scan_one(
    market: Market, ruleset: RuleSet, block: Block, key: str, cache: BlockCache | None
) -> tuple[RecordArray, RecordArray]:
    """A block's triggers and outcomes, cut to the window. The whole block is what is kept."""
    found = cache.get(key) if cache is not None else None
    if found is None:
        # Without a cache only the window is worth the while.
        wanted = block.whole() if cache is not None else block
        triggers = scan_block(market.bars, ruleset, wanted)
        ahead = market.bars.slice(wanted.start, min(len(market.bars), wanted.stop + HORIZON))
        found = triggers, outcomes(ahead, triggers, ruleset.timeframe, as_of=market.as_of)
        if cache is not None:
            cache.put(key, found)
    return _cut(found, market, block)


def _cut(
    part: tuple[RecordArray, RecordArray], market: Market, block: Block
) -> tuple[RecordArray, RecordArray]:
    triggers, results = part
    if block.start == block.begin or not len(triggers):
        return part
    at = int(np.searchsorted(triggers["ts"], market.bars.ts[block.start]))
    return triggers[at:], results[at:]
