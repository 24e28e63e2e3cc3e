"""Events on their way out: encoded once, whoever gets them (pure)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import orjson

from coach.live import sse
from coach.live.ring import Entry

# Numbered per user: whoever did not ask for the symbol still gets the number, so that a number
# that is missing means a lost event and nothing else.
NUMBERED = frozenset({"alert", "suppressed"})


class Outgoing:
    """One event as the bytes that every client gets, and what decides who gets it.

    Attributes:
        replaces: a newer event of the same mark replaces an older one that still waits for a slow
            client; None: never.
        thins: the same, once that client's queue is full. A bar names the one before it, so the
            client sees what it missed and reads it.
        bare: what a client gets that did not ask for the symbol; None: nothing.
        head: symbol and seq, when the event is a final one-minute bar: the symbol's new head.
    """

    __slots__ = (
        "bare",
        "chunk",
        "head",
        "kind",
        "position",
        "replaces",
        "symbol",
        "thins",
        "user_id",
    )

    def __init__(self, entry: Entry) -> None:
        frame = entry.frame
        self.position = entry.position
        self.kind = frame.kind
        self.symbol = frame.symbol
        self.user_id = frame.user_id
        self.chunk = sse.event(frame.kind, frame.data, entry.position)
        self.replaces: Hashable | None = None
        self.thins: Hashable | None = None
        self.bare: bytes | None = None
        self.head: tuple[str, int] | None = None
        if frame.kind == "microbar":
            self.replaces = self.thins = (frame.kind, frame.symbol)
        elif frame.kind == "bar":
            self._read_bar(orjson.loads(frame.data))
        elif frame.kind in NUMBERED:
            data = orjson.loads(frame.data)
            numbers = {"n": data["n"], "prevN": data["prevN"]}
            self.bare = sse.event_of(frame.kind, numbers, entry.position)

    def _read_bar(self, bar: dict[str, Any]) -> None:
        self.thins = ("bar", self.symbol, bar["timeframe"])
        if bar["timeframe"] == "1m":
            self.head = (bar["symbol"], bar["seq"])


def chunk_for(event: Outgoing, symbols: frozenset[str] | None) -> bytes | None:
    """What a client that asked for `symbols` (None: all) gets of an event; None: nothing."""
    if event.symbol is None or symbols is None or event.symbol in symbols:
        return event.chunk
    return event.bare
