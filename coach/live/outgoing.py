"""Events on their way out: encoded once, whoever gets them (pure)."""

from __future__ import annotations

from typing import Any

import orjson

from coach.live import sse
from coach.live.ring import Entry, Position

# Numbered per user: whoever did not ask for the symbol still gets the number, so that a number
# that is missing means a lost event and nothing else.
NUMBERED = frozenset({"alert", "suppressed"})

THINNED = frozenset({"microbar", "bar"})


class Outgoing:
    """One event as the bytes that every client gets, and what decides who gets it.

    Attributes:
        replaces: a newer event of the same mark replaces an older one that still waits for a slow
            client; None: never.
        thins: the same, once that client's queue is full. A bar names the one before it, so the
            client sees what it missed and reads it.
        bare: what a client gets that did not ask for the symbol; None: nothing.
    """

    __slots__ = ("bare", "chunk", "kind", "position", "replaces", "symbol", "thins", "user_id")

    def __init__(self, entry: Entry) -> None:
        frame = entry.frame
        self.position = entry.position
        self.kind = frame.kind
        self.symbol = frame.symbol
        self.user_id = frame.user_id
        self.chunk = sse.event(frame.kind, frame.data, entry.position)
        mark = (frame.kind, frame.symbol)
        self.replaces = mark if frame.kind == "microbar" else None
        self.thins = mark if frame.kind in THINNED else None
        self.bare: bytes | None = None
        if frame.kind in NUMBERED:
            self.bare = _bare(frame.kind, frame.data, entry.position)


def _bare(kind: str, data: bytes, position: Position) -> bytes:
    whole: dict[str, Any] = orjson.loads(data)
    return sse.event_of(kind, {"n": whole["n"], "prevN": whole["prevN"]}, position)


def chunk_for(event: Outgoing, symbols: frozenset[str] | None) -> bytes | None:
    """What a client that asked for `symbols` (None: all) gets of an event; None: nothing."""
    if event.symbol is None or symbols is None or event.symbol in symbols:
        return event.chunk
    return event.bare


def head_of(entry: Entry) -> tuple[str, int] | None:
    """Symbol and seq, when the event is a final one-minute bar: the new head of its symbol."""
    if entry.frame.kind != "bar":
        return None
    bar: dict[str, Any] = orjson.loads(entry.frame.data)
    return (bar["symbol"], bar["seq"]) if bar["timeframe"] == "1m" else None
