"""The parity of live and replay: what differs between two sets of triggers, and why (pure).

As received, the replay must find what live recorded, to the bit. On the vendor's corrected bars it
may differ, and each difference has exactly one cause: the first kind of change that makes it all by
itself, when that alone is applied to the bars as received.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.engine.bars import Bars

Int64 = NDArray[np.int64]


class Cause(StrEnum):
    """Why a replay differs from live.

    `FLAG`: the evaluator reads no flag, so no trigger differs by one; a decision made by another
    governor than the flag named then has this cause.
    """

    LATE_BAR = "LATE_BAR"
    REVISION = "REVISION"
    MISSING_BAR = "MISSING_BAR"
    WARMUP = "WARMUP"
    FLAG = "FLAG"
    CODE = "CODE"


class Key(NamedTuple):
    """What makes a trigger that trigger."""

    seq: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A trigger, live or replayed: all of it that must be equal, and what explains a difference."""

    direction: str
    confidence: float
    price: float
    level: float
    atr: float
    warm: bool
    rule_version: str
    engine_version: str

    @property
    def values(self) -> tuple[object, ...]:
        """What must be equal."""
        return (self.direction, self.confidence, self.price, self.level, self.atr)


@dataclass(frozen=True, slots=True)
class Difference:
    """A trigger that only one side has, or that has other values; None where a side has none."""

    key: Key
    live: Fact | None
    replay: Fact | None

    def as_json(self, cause: Cause) -> dict[str, Any]:
        """As stored and shown."""
        sides = {"live": self.live, "replay": self.replay}
        return {
            "seq": self.key.seq,
            "ruleId": self.key.rule_id,
            "cause": cause.value,
            **{name: None if fact is None else _shown(fact) for name, fact in sides.items()},
        }


def _shown(fact: Fact) -> dict[str, Any]:
    return {
        "direction": fact.direction,
        "confidence": fact.confidence,
        "price": fact.price,
        "level": fact.level,
    }


Facts = Mapping[Key, Fact]
Replay = Callable[[Bars], Facts]


def differences(live: Facts, replay: Facts) -> list[Difference]:
    """Where two sets of triggers differ, in order of time and rule."""
    found = [Difference(key, live.get(key), replay.get(key)) for key in {*live, *replay}]
    return sorted(filter(_differs, found), key=lambda each: each.key)


def _differs(each: Difference) -> bool:
    if each.live is None or each.replay is None:
        return True
    return each.live.values != each.replay.values


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Open times of the bars that the corrected history has otherwise than live took them."""

    revised: Int64
    late: Int64
    missing: Int64

    @classmethod
    def between(cls, received: Bars, corrected: Bars, late: Iterable[int]) -> Changes:
        """`late`: open times of the bars that came from the live feed after their turn."""
        revised = _revised(received, corrected)
        absent = np.setdiff1d(corrected.ts, received.ts)
        came_late = np.intersect1d(absent, np.fromiter(late, np.int64))
        return cls(revised, came_late, np.setdiff1d(absent, came_late))

    def of(self, cause: Cause) -> Int64:
        """The bars of a cause."""
        kinds = {
            Cause.REVISION: self.revised,
            Cause.LATE_BAR: self.late,
            Cause.MISSING_BAR: self.missing,
        }
        return kinds[cause]

    def last_before(self, ts: int) -> Cause:
        """The cause whose last bar up to `ts` is the nearest: where only several together do it."""
        nearest = {
            cause: int(bars[bars <= ts].max())
            for cause in BAR_CAUSES
            if len(bars := self.of(cause)) and (bars <= ts).any()
        }
        return max(nearest, key=lambda cause: nearest[cause], default=Cause.CODE)


BAR_CAUSES = (Cause.REVISION, Cause.LATE_BAR, Cause.MISSING_BAR)


def _revised(received: Bars, corrected: Bars) -> Int64:
    both = np.intersect1d(received.ts, corrected.ts)
    mine = received.columns[1:7]
    theirs = corrected.columns[1:7]
    at, there = np.searchsorted(received.ts, both), np.searchsorted(corrected.ts, both)
    changed = np.zeros(len(both), np.bool_)
    for before, after in zip(mine, theirs, strict=True):
        a, b = before[at], after[there]
        changed |= ~((a == b) | ((a != a) & (b != b)))  # noqa: PLR0124  NaN = NaN
    return both[changed]


def with_changes(received: Bars, corrected: Bars, ts: Int64) -> Bars:
    """The bars as received, but those of `ts` as corrected."""
    kept, new = ~np.isin(received.ts, ts), np.isin(corrected.ts, ts)
    pairs: Any = zip(received.columns, corrected.columns, strict=True)
    joined: list[Any] = [np.concatenate((mine[kept], theirs[new])) for mine, theirs in pairs]
    order = np.argsort(joined[0], kind="stable")
    return Bars(*(column[order] for column in joined))


def cause_as_received(each: Difference) -> Cause:
    """Why the replay of the very bars that live took differs: other code, or another warm-up."""
    sides = [side for side in (each.live, each.replay) if side is not None]
    if len({(side.engine_version, side.rule_version) for side in sides}) > 1:
        return Cause.CODE
    return Cause.CODE if all(side.warm for side in sides) else Cause.WARMUP


def causes_corrected(
    found: Sequence[Difference],
    *,
    known: Mapping[Key, Cause],
    received: Bars,
    corrected: Bars,
    changes: Changes,
    replay: Replay,
    step_ms: int,
) -> list[Cause]:
    """One cause for each difference on the corrected bars.

    Args:
        known: causes of the differences that are there on the bars as received already.
        replay: triggers of some bars, as `Facts`.
        step_ms: length of a bar.
    """
    alone = {
        cause: replay(with_changes(received, corrected, changes.of(cause)))
        for cause in BAR_CAUSES
        if len(changes.of(cause))
    }
    return [
        known[each.key] if each.key in known else _one_cause(each, alone, changes, step_ms)
        for each in found
    ]


def _one_cause(
    each: Difference, alone: Mapping[Cause, Facts], changes: Changes, step_ms: int
) -> Cause:
    for cause, facts in alone.items():
        fact, wanted = facts.get(each.key), each.replay
        same = (fact is None) == (wanted is None)
        if same and (fact is None or wanted is None or fact.values == wanted.values):
            return cause
    return changes.last_before((each.key.seq + 1) * step_ms - 1)
