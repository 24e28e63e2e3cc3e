"""Running outcomes of live triggers, and outcomes as Python objects."""

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from coach.engine.bars import Bar, one_bar
from coach.engine.jit import ensure
from coach.engine.layout import Record, RecordArray, timeframe_ms
from coach.engine.outcome import (
    OUTCOME,
    Reason,
    Status,
    Verdict,
    advance_kernel,
    begin_kernel,
    expire_kernel,
)

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome; None is "not known yet" (or never, for status NONE).

    Times are epoch ms UTC: ``entry_ts`` and ``exit_ts`` the opens of their bars. ``r`` is after
    cost, ``mfe`` and ``mae`` in units of ATR14, before cost. ``matured_ts``: when the horizon had
    passed; before that an outcome does not count for learning.
    """

    status: Status
    reason: Reason
    verdict: Verdict | None
    entry_ts: int | None
    entry: float | None
    stop: float | None
    target: float | None
    exit_ts: int | None
    exit: float | None
    hold_bars: int | None
    r: float | None
    mfe: float
    mae: float
    ambiguous: bool
    matured: bool
    matured_ts: int | None


def _price(value: float) -> float | None:
    return None if math.isnan(value) else value


_NAMES = tuple(OUTCOME.names or ())


def read_outcome(o: Record) -> Outcome:
    """The Python object of one record of type ``OUTCOME``."""
    v = dict(zip(_NAMES, o.item(), strict=True))  # a field of a record by name costs 2 µs
    closed = v["status"] == Status.CLOSED
    return Outcome(
        status=Status(v["status"]),
        reason=Reason(v["reason"]),
        verdict=Verdict(v["verdict"]) if closed else None,
        entry_ts=v["entry_ts"] or None,
        entry=_price(v["entry"]),
        stop=_price(v["stop"]),
        target=_price(v["target"]),
        exit_ts=v["exit_ts"] if closed else None,
        exit=_price(v["exit"]),
        hold_bars=v["hold_bars"] if closed else None,
        r=_price(v["r"]),
        mfe=v["mfe"],
        mae=v["mae"],
        ambiguous=bool(v["ambiguous"]),
        matured=bool(v["matured"]),
        matured_ts=v["matured_ts"] if v["matured"] else None,
    )


class OutcomeTracker(Generic[Key]):
    """Running outcomes of one symbol and timeframe, each under a key of the caller's.

    Byte-equal to ``coach.engine.outcome.outcomes`` on the same bars. An outcome is dropped once it
    has matured; ``snapshot`` and ``restore`` carry the others over a restart.
    """

    def __init__(self, timeframe: str) -> None:
        self._step_ms = timeframe_ms(timeframe)
        self._keys: list[Key] = []
        self._running: RecordArray = np.zeros(0, OUTCOME)
        for kernel in (begin_kernel, advance_kernel, expire_kernel):
            ensure(kernel)

    def __len__(self) -> int:
        """Number of outcomes still running."""
        return len(self._keys)

    def start(self, key: Key, trigger: RecordArray, bar: Bar) -> Record:
        """Start the outcome of one trigger (an array of length 1) that fired on ``bar``.

        Returns its record; a trigger on a session's last bar has matured with status NONE.
        """
        begun = np.zeros(1, OUTCOME)
        begin_kernel(begun, trigger, one_bar(bar), self._step_ms)
        if not begun[0]["matured"]:
            self.restore(key, begun)
        return begun[0]

    def restore(self, key: Key, running: RecordArray) -> None:
        """Take over a running outcome (an array of length 1) from a snapshot."""
        self._keys.append(key)
        grown = np.empty(len(self._keys), OUTCOME)  # concatenate would compare the types' fields
        grown[:-1], grown[-1:] = self._running, running
        self._running = grown

    def snapshot(self) -> Iterator[tuple[Key, RecordArray]]:
        """Every running outcome with its key."""
        for k, key in enumerate(self._keys):
            yield key, self._running[k : k + 1].copy()

    def on_bar(self, bar: Bar) -> list[tuple[Key, Record]]:
        """Take the next closed bar; returns the outcomes whose status changed or that matured."""
        if not self._keys:
            return []
        before = self._running.copy()
        advance_kernel(self._running, one_bar(bar), self._step_ms)
        return self._changed(before)

    def on_clock(self, now: int) -> list[tuple[Key, Record]]:
        """The market clock reached ``now`` (epoch ms UTC); returns as ``on_bar``."""
        if not self._keys:
            return []
        before = self._running.copy()
        expire_kernel(self._running, now)
        return self._changed(before)

    def _changed(self, before: RecordArray) -> list[tuple[Key, Record]]:
        now = self._running
        moved = (now["status"] != before["status"]) | (now["matured"] != before["matured"])
        changed = [(self._keys[k], now[k].copy()) for k in np.flatnonzero(moved)]
        running = now["matured"] == 0
        if not running.all():
            self._keys = [self._keys[k] for k in np.flatnonzero(running)]
            self._running = now[running]
        return changed
