"""The event-stream format, as bytes (pure)."""

from __future__ import annotations

import orjson

from coach.live.ring import Position

HEARTBEAT = b": heartbeat\n\n"


def event(kind: str, data: bytes, position: Position | None = None) -> bytes:
    """One event. `data` must be one line; `position` is what the client resumes from."""
    head = f"id: {position}\nevent: {kind}\ndata: " if position else f"event: {kind}\ndata: "
    return head.encode() + data + b"\n\n"


def event_of(kind: str, payload: object, position: Position | None = None) -> bytes:
    """One event whose data is made here."""
    return event(kind, orjson.dumps(payload), position)


def retry(milliseconds: int) -> bytes:
    """How long the client waits before it connects anew."""
    return b"retry: %d\n\n" % milliseconds
