"""The ring: the last events of the house in one Redis stream, for every web process to read.

A stream id is `epoch-offset`, and it is also the `id:` of the SSE event. The epoch is the moment
(ms) at which the stream began; the offset counts from 1 without holes. A ring that was lost, or
whose Redis was started anew (its last second may be lost), begins a new epoch, so that nobody can
take an old position for a new one: whoever resumes in another epoch gets a `reset`.

What is in the ring is a copy. The truth is in the database; the relay writes here after a commit.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
import redis
import redis.asyncio

STREAM = "coach:ring"
HEAD = "coach:ring:head"
# 100 s of 200 events/s. Every web process keeps a copy, 15 MB; who was away longer loads afresh.
MAX_LENGTH = 20_000
# How long a frame's `once` is remembered: far longer than a publisher that died takes to come back.
ONCE_SECONDS = 86_400
KIND = re.compile(r"[a-z]{1,20}")
POSITION = re.compile(r"([0-9]{1,15})-([0-9]{1,18})")

REQUIRED: dict[str, dict[str, type]] = {
    "alert": {"n": int, "prevN": int},
    "suppressed": {"n": int, "prevN": int},
    "bar": {"symbol": str, "timeframe": str, "seq": int},
}
RawEntry = tuple[bytes, dict[bytes, bytes]]

# One script, so that two publishers cannot give one offset twice, nor write into another's epoch.
# INFO names the run of the Redis server: a new run may have lost acknowledged writes.
PUBLISH = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local head = redis.call('HMGET', KEYS[2], 'epoch', 'offset', 'run')
local epoch, offset = tonumber(head[1] or 0), tonumber(head[2] or 0)
if epoch == 0 or head[3] ~= run or (offset > 0 and redis.call('EXISTS', KEYS[1]) == 0) then
  local now = redis.call('TIME')
  epoch = math.max(epoch + 1, now[1] * 1000 + math.floor(now[2] / 1000))
  offset = 0
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[2], 'epoch', string.format('%.0f', epoch), 'offset', 0, 'run', run)
end
local before = offset
for i = 3, #ARGV, 5 do
  local once = ARGV[i + 4]
  if once == '' or redis.call('SET', KEYS[2] .. ':once:' .. once, 1, 'NX', 'EX', ARGV[2]) then
    offset = offset + 1
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], string.format('%.0f-%.0f', epoch, offset),
      'k', ARGV[i], 's', ARGV[i + 1], 'u', ARGV[i + 2], 'd', ARGV[i + 3])
  end
end
if offset > before then
  redis.call('HSET', KEYS[2], 'offset', string.format('%.0f', offset))
end
return {string.format('%.0f', epoch), string.format('%.0f', offset), offset - before}
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """An event to announce.

    Attributes:
        kind: the SSE event name (`bar`, `microbar`, `revision`, `alert`, `suppressed`, ...).
        data: JSON in one line. A bar carries `srvTs`, stamped just before `publish`; an alert its
            `n` and `prevN`.
        symbol: only clients that asked for this symbol get it; None: everybody.
        user_id: only this user's clients get it; None: everybody.
        once: a name under which the ring takes one frame only, whoever publishes it again; None:
            every frame is taken.
    """

    kind: str
    data: bytes
    symbol: str | None = None
    user_id: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the ring: after the event `offset` of `epoch`."""

    epoch: int
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.offset}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A frame as it stands in the ring."""

    position: Position
    frame: Frame


def parse_position(text: str) -> Position | None:
    """The position in a `Last-Event-ID`; None when it is not one."""
    match = POSITION.fullmatch(text)
    return Position(int(match[1]), int(match[2])) if match else None


def publish(client: redis.Redis, frames: Sequence[Frame]) -> list[int]:
    """Append `frames` in order, all or none, and return the offsets of those that were taken.

    Raises:
        ValueError: a kind that is no event name, data that is not one line of JSON, an alert
            without its numbers, or a bar without symbol, timeframe and seq.
        redis.RedisError: nothing is known to be written; publish again.
    """
    if not frames:
        return []
    script = client.register_script(PUBLISH)
    reply = cast("list[bytes]", script(keys=[STREAM, HEAD], args=_arguments(frames)))
    last = _position(reply).offset
    return list(range(last - int(reply[2]) + 1, last + 1))


def _arguments(frames: Sequence[Frame]) -> list[bytes | str | int]:
    arguments: list[bytes | str | int] = [MAX_LENGTH, ONCE_SECONDS]
    for frame in frames:
        if not KIND.fullmatch(frame.kind):
            raise ValueError(f"kind must be 1 to 20 lower-case letters, not {frame.kind!r}")
        if b"\n" in frame.data or b"\r" in frame.data:
            raise ValueError(f"the data of a {frame.kind} must be one line")
        _check_fields(frame)
        arguments += (frame.kind, frame.symbol or "", frame.user_id or "", frame.data)
        arguments.append(frame.once or "")
    return arguments


def _check_fields(frame: Frame) -> None:
    """What the readers rely on is checked here, so that no reader meets a frame it cannot read."""
    data = orjson.loads(frame.data)
    for name, kind in REQUIRED.get(frame.kind, {}).items():
        if isinstance(data.get(name), kind):
            continue
        found = data.get(name)
        raise ValueError(f"{name} of a {frame.kind} must be of type {kind.__name__}: {found!r}")


def _position(reply: Sequence[bytes]) -> Position:
    return Position(int(reply[0]), int(reply[1]))


class RingReader:
    """Reads the ring from an event loop, over a client that it does not own."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._script = client.register_script(PUBLISH)

    async def head(self) -> Position:
        """The position after the newest event; begins the ring when there is none."""
        reply = await cast(
            "Awaitable[list[bytes]]",
            self._script(keys=[STREAM, HEAD], args=[MAX_LENGTH, ONCE_SECONDS]),
        )
        return _position(reply)

    async def oldest(self) -> Position | None:
        """The oldest event still in the ring."""
        raws = cast("list[RawEntry]", await self._client.xrange(STREAM, count=1))
        return _entry(raws[0]).position if raws else None

    async def follow(self, after: Position, *, block_ms: int, count: int = 1_000) -> list[Entry]:
        """The next events after a position, at most `count`; empty when none came in `block_ms`.

        A new epoch is later than any old one, so its events are returned too.
        """
        reply = await self._client.xread({STREAM: str(after)}, count=count, block=block_ms)
        streams = cast("list[tuple[bytes, list[RawEntry]]]", reply or [])
        return [_entry(raw) for _, raws in streams for raw in raws]

    async def between(self, after: Position, until: Position, *, count: int) -> list[Entry]:
        """The events after `after` up to and with `until`, at most `count`."""
        raws = await self._client.xrange(STREAM, f"({after}", str(until), count=count)
        return [_entry(raw) for raw in cast("list[RawEntry]", raws)]

    async def newest(self, count: int) -> list[Entry]:
        """The last `count` events, oldest first."""
        raws = cast("list[RawEntry]", await self._client.xrevrange(STREAM, count=count))
        return [_entry(raw) for raw in reversed(raws)]


def _entry(raw: RawEntry) -> Entry:
    key, fields = raw
    epoch, offset = key.split(b"-")
    return Entry(
        Position(int(epoch), int(offset)),
        Frame(
            kind=fields[b"k"].decode(),
            data=fields[b"d"],
            symbol=fields[b"s"].decode() or None,
            user_id=fields[b"u"].decode() or None,
        ),
    )
