"""The aggregates' copy in Redis, shared by all processes: a hash of day buckets per (owner, rule).

The truth is in the database. A series has a version, a random token that changes with its days. A
day is *suspect* from before a transaction that changes its rows commits until somebody has counted
it afresh (all of it, or its labels). While a series has suspect days its version is `?`, and
readers count those days from the rows. So a writer that dies anywhere leaves at worst a day that
stays suspect, never a wrong figure.

A Redis that was emptied has no versions; one that was started anew may have lost its last second,
so the versions of an earlier run are dropped. A series without a version is counted from the rows.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final, Literal, NamedTuple, cast

import redis
from django.conf import settings
from redis.commands.core import Script

from learning.aggregates import DayCounts, Series
from learning.selectors import Pair

VERSIONS: Final = "learning:versions"
GENERATIONS: Final = "learning:generations"
SERVER: Final = "learning:server"
DAYS: Final = "learning:days:"
SUSPECTS: Final = "learning:suspects:"
FIRED: Final = "learning:fired:"
KEYS: Final = (VERSIONS, GENERATIONS, SERVER, DAYS, SUSPECTS, FIRED)

Part = Literal["labels", "all"]

SUSPECT: Final = "?"
FIRST: Final = "first"
# None of our transactions lasts that long: an older suspicion is that of a writer who died.
UNSETTLED_SECONDS: Final = 60
# Lua's unpack takes some thousands of arguments.
BATCH: Final = 2_000

_RUN = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if redis.call('GET', KEYS[3]) ~= run then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[3], run)
end
"""
HEADS: Final = (
    _RUN
    + """
local found = redis.call('HMGET', KEYS[1], unpack(ARGV))
for i, name in ipairs(ARGV) do found[#ARGV + i] = redis.call('EXISTS', KEYS[6] .. name) end
return found
"""
)
_LOAD = """
local found = {}
for i, name in ipairs(names) do
  found[i] = {
    redis.call('HGET', KEYS[1], name), redis.call('HGET', KEYS[2], name),
    redis.call('HGETALL', KEYS[4] .. name), redis.call('HGETALL', KEYS[5] .. name),
    redis.call('SMEMBERS', KEYS[6] .. name)
  }
end
return found
"""
LOAD: Final = _RUN + "local names = ARGV" + _LOAD
# ARGV: token, what is suspect, the series. Every mark raises the generation, so that a count that
# began before it is not written after it.
MARK: Final = """
local names = {unpack(ARGV, 3)}
for _, name in ipairs(names) do
  redis.call('HINCRBY', KEYS[2], name, 1)
  redis.call('HSET', KEYS[5] .. name, ARGV[1], ARGV[2])
  if redis.call('HEXISTS', KEYS[1], name) == 1 then redis.call('HSET', KEYS[1], name, '?') end
end
"""
MARK_AND_LOAD: Final = _RUN + MARK + _LOAD
# ARGV: pairs of series and day on which something fired: nothing that a score is made of.
FIRE: Final = """
for i = 1, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], 1)
  redis.call('SADD', KEYS[6] .. ARGV[i], ARGV[i + 1])
end
"""
# ARGV: JSON of what was counted, one series each; answers 1 for each that was written.
WRITE: Final = """
local written = {}
for i, text in ipairs(ARGV) do
  local new = cjson.decode(text)
  local name = new.name
  written[i] = 0
  if (redis.call('HGET', KEYS[2], name) or '0') == new.generation
     and (new.whole or redis.call('HEXISTS', KEYS[1], name) == 1) then
    if new.whole then redis.call('DEL', KEYS[4] .. name, KEYS[6] .. name) end
    for day, counts in pairs(new.days) do
      redis.call('HSET', KEYS[4] .. name, day, counts)
      redis.call('SREM', KEYS[6] .. name, day)
    end
    for _, token in ipairs(new.settled) do redis.call('HDEL', KEYS[5] .. name, token) end
    local clean = redis.call('EXISTS', KEYS[5] .. name) == 0
    redis.call('HSET', KEYS[1], name, clean and new.version or '?')
    written[i] = clean and 1 or 0
  end
end
return written
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What Redis holds of a series.

    `version` None: nothing to be trusted; `first_day` the first day it reaches back to; `suspects`
    the suspect days, `settled` the tokens whose transaction is over; `fired` days on which
    something may have fired since they were counted.
    """

    version: str | None
    generation: str
    first_day: date
    series: Series
    suspects: Sequence[tuple[date, Part]]
    settled: frozenset[str]
    fired: frozenset[date]


@dataclass(frozen=True, slots=True)
class Count:
    """A series (`whole`) or some days of one, counted from the rows after `generation` was read."""

    pair: Pair
    generation: str
    days: Series
    settled: Collection[str]
    first_day: date
    whole: bool


class Head(NamedTuple):
    """A series' version, and whether something may have fired since it was counted."""

    version: str | None
    fired: bool


def client() -> redis.Redis:
    """This process's connections."""
    return _client_of(settings.REDIS_URL)


@cache
def _client_of(url: str) -> redis.Redis:
    return redis.Redis.from_url(url)


def heads(pairs: Sequence[Pair]) -> dict[Pair, Head]:
    """The head of each series."""
    found: dict[Pair, Head] = {}
    for part in _batches(pairs):
        raw = cast("list[Any]", _run(HEADS, [_name(pair) for pair in part]))
        versions, fired = raw[: len(part)], raw[len(part) :]
        for pair, version, some in zip(part, versions, fired, strict=True):
            found[pair] = Head(None if version is None else version.decode(), bool(some))
    return found


def load(pairs: Sequence[Pair]) -> dict[Pair, Entry]:
    """Everything about each series."""
    found: list[Any] = []
    for part in _batches(pairs):
        found += cast("list[Any]", _run(LOAD, [_name(pair) for pair in part]))
    return _entries(pairs, found)


def suspect(pairs: Iterable[Pair], day: date, *, token: str, part: Part) -> None:
    """A transaction that has not committed yet changes a day of these series."""
    _run(MARK, [token, f"{time.time():.0f} {day} {part}", *map(_name, pairs)])


def settle(pairs: Sequence[Pair], day: date, *, token: str, part: Part) -> dict[Pair, Entry]:
    """That transaction has committed: the day can be counted. Everything about each series."""
    found: list[Any] = []
    for some in _batches(pairs):
        arguments = [token, f"0 {day} {part}", *map(_name, some)]
        found += cast("list[Any]", _run(MARK_AND_LOAD, arguments))
    return _entries(pairs, found)


def fire(days: Iterable[tuple[Pair, date]]) -> None:
    """Something fired on these days of these series."""
    _run(FIRE, [text for pair, day in days for text in (_name(pair), str(day))])


def write(counts: Sequence[Count]) -> dict[Pair, str]:
    """Write what was counted, where nothing has been marked since; the new versions."""
    if not counts:
        return {}
    versions = [secrets.token_hex(8) for _ in counts]
    done = cast(
        "list[int]",
        _run(WRITE, [_encode(count, new) for count, new in zip(counts, versions, strict=True)]),
    )
    rows = zip(counts, versions, done, strict=True)
    return {count.pair: version for count, version, written in rows if written}


def forget() -> None:
    """Drop every version: all series are counted from the rows when they are next read."""
    client().delete(VERSIONS)


def _run(text: str, arguments: Sequence[str]) -> object:
    return _script(text)(keys=KEYS, args=arguments, client=client())


@cache
def _script(text: str) -> Script:
    """Its digest is reckoned once."""
    return client().register_script(text)


def _name(pair: Pair) -> str:
    owner, rule_id = pair
    return f"{rule_id}|{owner}"


def _batches(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    return (pairs[start : start + BATCH] for start in range(0, len(pairs), BATCH))


def _entries(pairs: Sequence[Pair], found: Sequence[Any]) -> dict[Pair, Entry]:
    now = time.time()
    return {pair: _entry(raw, now) for pair, raw in zip(pairs, found, strict=True)}


def _entry(raw: Sequence[Any], now: float) -> Entry:
    version, generation, days, suspects, fired = raw
    texts = dict(_pairwise(days))
    first_day = texts.pop(FIRST, None)
    since = {token: text.split(" ") for token, text in _pairwise(suspects)}
    return Entry(
        version=None if version is None else version.decode(),
        generation=generation.decode() if generation else "0",
        first_day=date.max if first_day is None else date.fromisoformat(first_day),
        series={
            date.fromisoformat(day): DayCounts(*map(int, text.split(",")))
            for day, text in texts.items()
        },
        suspects=[
            (date.fromisoformat(day), "labels" if part == "labels" else "all")
            for _, day, part in since.values()
        ],
        settled=frozenset(
            token for token, (at, *_) in since.items() if float(at) < now - UNSETTLED_SECONDS
        ),
        fired=frozenset(date.fromisoformat(day.decode()) for day in fired),
    )


def _pairwise(flat: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    texts = [text.decode() for text in flat]
    return zip(texts[::2], texts[1::2], strict=True)


def _encode(count: Count, version: str) -> str:
    days = {str(day): ",".join(map(str, one.values())) for day, one in count.days.items()}
    if count.whole:
        days[FIRST] = str(count.first_day)
    return json.dumps(
        {
            "name": _name(count.pair),
            "generation": count.generation,
            "days": days,
            "settled": sorted(count.settled),
            "version": version,
            "whole": count.whole,
        }
    )
