"""What a run is about: symbol, timeframe, range and rules, and the identity that follows (pure)."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
import orjson

from backtest import statistics
from coach.engine import outcome
from coach.engine.bars import Bars
from coach.engine.ruleset import RuleSet
from coach.engine.run import Block, blocks
from coach.engine.version import engine_version

Session = Literal["regular", "extended"]
FORMAT: Final = "backtest-v1"
HASHED: Final = ("ts", "open", "high", "low", "close", "volume", "vwap")
"""Columns that a digest covers; the session columns follow from ts and the calendar's version."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is evaluated: bars with start_ms <= ts < end_ms, epoch ms UTC, of one symbol."""

    symbol: str
    timeframe: str
    start_ms: int
    end_ms: int
    session: Session
    calendar: str
    calendar_version: str


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """The bars of a run: from the anchor of its first bar to the outcome tail past its last.

    ``first`` and ``stop`` are the positions of the evaluated bars. ``as_of`` is the end of the last
    bar that the source holds, ``complete_from`` the first session day that it holds completely
    (None: the bars speak for themselves). ``digest`` covers all that triggers and outcomes depend
    on besides rules and engine; ``blocks`` hold the evaluated bars, each scanned from its anchor.
    """

    window: Window
    bars: Bars
    first: int
    stop: int
    as_of: int
    blocks: tuple[Block, ...]
    block_digests: tuple[str, ...]
    digest: str

    def __len__(self) -> int:
        """Evaluated bars; the warm-up is not counted."""
        return self.stop - self.first

    @property
    def session_days(self) -> tuple[int, ...]:
        """Days since 1970-01-01 of the sessions that have evaluated bars, oldest first."""
        days = self.bars.session_day[self.first : self.stop]
        if not len(days):
            return ()
        starts = np.flatnonzero(np.diff(days)) + 1
        return tuple(int(days[at]) for at in (0, *starts.tolist()))


def market_of(
    window: Window,
    bars: Bars,
    *,
    as_of: int,
    complete_from: int | None = None,
    pool: Executor,
) -> Market:
    """Lay a window over bars that reach from its anchor to its tail; longer ones are cut."""
    found = blocks(
        bars, window.timeframe, window.start_ms, window.end_ms, complete_from=complete_from
    )
    if not found:
        return Market(window, bars.slice(0, 0), 0, 0, as_of, (), (), _digest([], 0))
    head, tail = found[0].first, min(len(bars), found[-1].stop + outcome.HORIZON)
    cut = bars.slice(head, tail)
    placed = tuple(_moved(block, head, found[-1].stop) for block in found)
    # An outcome asks of the clock only whether its session is over.
    known = min(as_of, int(bars.session_close[found[-1].stop - 1]))
    parts = _part_digests(cut, placed, pool)
    return Market(
        window=window,
        bars=cut,
        first=placed[0].start,
        stop=placed[-1].stop,
        as_of=as_of,
        blocks=placed,
        block_digests=_block_digests(parts, placed, known, cut),
        digest=_digest([*parts, *(str(block.warm) for block in placed)], known),
    )


def _moved(block: Block, head: int, stop: int) -> Block:
    """A block's positions in bars that begin at ``head``; its own end is cut at the window's."""
    first, begin, end, start, until = (
        at - head
        for at in (block.first, block.begin, min(block.end, stop), block.start, block.stop)
    )
    return Block(block.number, first, begin, end, start, until, block.warm)


def _part_digests(bars: Bars, placed: Sequence[Block], pool: Executor) -> list[str]:
    """Digests of the bars between the blocks' borders: warm-up, each block, tail."""
    borders = [0, *(block.begin for block in placed), placed[-1].stop, len(bars)]
    return list(pool.map(lambda span: _hash_bars(bars, *span), pairwise(borders)))


def _hash_bars(bars: Bars, start: int, stop: int) -> str:
    digest = hashlib.sha256(str(stop - start).encode())
    for name in HASHED:
        digest.update(getattr(bars, name)[start:stop])
    return digest.hexdigest()


def _block_digests(
    parts: Sequence[str], placed: Sequence[Block], known: int, bars: Bars
) -> tuple[str, ...]:
    """A digest for each block over its warm-up, its bars and the bars its outcomes run into.

    Blocks follow one another in time; where one is missing its neighbours' bars are hashed anew.
    """
    found = []
    for i, block in enumerate(placed):
        tail = _hash_bars(bars, block.stop, min(len(bars), block.stop + outcome.HORIZON))
        adjoining = i > 0 and placed[i - 1].number == block.number - 1
        before = parts[i] if i == 0 or adjoining else _hash_bars(bars, block.first, block.begin)
        # With a whole horizon of bars behind the block no clock is asked.
        clock = known if block.stop + outcome.HORIZON >= len(bars) else None
        text = f"{before}{parts[i + 1]}{tail}{block.warm}{clock}"
        found.append(hashlib.sha256(text.encode()).hexdigest())
    return tuple(found)


def _digest(parts: Sequence[str], known: int) -> str:
    return hashlib.sha256("".join([*parts, str(known)]).encode()).hexdigest()[:32]


def identity(
    market: Market,
    ruleset: RuleSet,
    *,
    governor: str | None = None,
    extra: Any = None,  # noqa: ANN401 - any JSON
) -> dict[str, Any]:
    """Everything a canonical result depends on.

    ``governor``: digest of the scores, flags and limits that the gates read; ``extra``: what else a
    sweep's result depends on.
    """
    window = market.window
    found: dict[str, Any] = {
        "format": FORMAT,
        "engine": engine_version(),
        "outcome": outcome.VERSION,
        "statistics": statistics.VERSION,
        "calendar": window.calendar_version,
        "symbol": window.symbol,
        "timeframe": window.timeframe,
        "start": window.start_ms,
        "end": window.end_ms,
        "session": window.session,
        "rules": ruleset.identity(),
        "bars": market.digest,
    }
    if governor is not None:
        found["governor"] = governor
    if extra is not None:
        found["extra"] = extra
    return found


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """JSON as bytes with sorted keys: equal values are equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def run_key(found: dict[str, Any]) -> str:
    """The id of a run's result: 32 hex digits of its identity's hash."""
    return hashlib.sha256(canonical(found)).hexdigest()[:32]
