"""Executions into round trips: from flat to flat, per account and symbol (pure).

The entry is the mean price of what built the position up, the exit that of what took it down; an
execution that turns a position over closes one trade and opens the next.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from feedback.journal.formats.reading import Draft, Fill, Left
from feedback.journal.records import TradeFacts

DUST: Final = 1e-9
"""Quantities are sums of floats: less than that is flat."""


@dataclass(slots=True)
class _Position:
    side: int
    opening: list[Fill] = field(default_factory=list)
    closing: list[Fill] = field(default_factory=list)

    @property
    def held(self) -> float:
        return _quantity(self.opening) - _quantity(self.closing)


def _quantity(fills: Iterable[Fill]) -> float:
    return sum(fill.quantity for fill in fills)


def round_trips(fills: Sequence[Fill], *, format_id: str) -> tuple[list[Draft], list[Left]]:
    """The trades that the executions make, in order of entry, and those that make none: closings of
    what was opened before the file begins."""
    named = _named(fills, format_id)
    drafts: list[Draft] = []
    left: list[Left] = []
    groups: dict[tuple[str, str], list[Fill]] = defaultdict(list)
    for fill in _in_order(named):
        groups[fill.account, fill.symbol].append(fill)
    for group in groups.values():
        _follow(group, drafts, left)
    return sorted(drafts, key=lambda draft: (draft.facts.entry_ts, draft.lines)), left


def _in_order(fills: Sequence[Fill]) -> list[Fill]:
    """By time; within a second as the file has them, from its older end."""
    newest_first = len(fills) > 1 and fills[0].at > fills[-1].at
    listed = list(reversed(fills)) if newest_first else list(fills)
    return sorted(listed, key=lambda fill: fill.at)


def _named(fills: Sequence[Fill], format_id: str) -> list[Fill]:
    """Each execution under a name that is the same in the next export: the broker's, or what it
    was and which of its equals."""
    seen: Counter[str] = Counter()
    named, done = [], set[str]()
    for fill in fills:
        words = fill.name or "|".join(
            (fill.at.isoformat(), str(fill.side), f"{fill.quantity:g}", f"{fill.price:g}")
        )
        text = "|".join((format_id, fill.account, fill.symbol, words))
        if fill.name and text in done:
            continue  # the same execution listed twice
        done.add(text)
        seen[text] += 1
        name = hashlib.sha256(f"{text}|{seen[text]}".encode()).hexdigest()[:48]
        named.append(replace(fill, name=name))
    return named


def _follow(fills: Iterable[Fill], drafts: list[Draft], left: list[Left]) -> None:
    position: _Position | None = None
    for fill in fills:
        rest = fill.quantity
        if position is not None and fill.side != position.side:
            closing = min(rest, position.held)
            position.closing.append(_part(fill, closing))
            rest -= closing
            if position.held <= DUST:
                drafts.append(_draft(position))
                position = None
        if rest <= DUST:
            continue
        if position is None:
            if fill.effect == "close":
                left.append(Left(fill.line, "closes a position opened before the file begins"))
                continue
            position = _Position(fill.side)
        position.opening.append(_part(fill, rest))
    if position is not None:
        drafts.append(_draft(position))


def _part(fill: Fill, quantity: float) -> Fill:
    """A part of an execution, with its share of the fee."""
    share = quantity / fill.quantity if fill.quantity else 1.0
    return replace(fill, quantity=quantity, fee=fill.fee * share)


def _mean(fills: Sequence[Fill]) -> float:
    total = _quantity(fills)
    return sum(fill.price * fill.quantity for fill in fills) / total


def _draft(position: _Position) -> Draft:
    first = position.opening[0]
    flat = position.held <= DUST
    parts = [*position.opening, *position.closing]
    return Draft(
        lines=tuple(sorted({part.line for part in parts})),
        facts=TradeFacts(
            symbol=first.symbol,
            side="long" if position.side > 0 else "short",
            quantity=_quantity(position.opening),
            entry_ts=first.at,
            entry_price=_mean(position.opening),
            exit_ts=position.closing[-1].at if flat else None,
            exit_price=_mean(position.closing) if flat else None,
            fees=sum(part.fee for part in parts),
        ),
        key=first.name,
    )
