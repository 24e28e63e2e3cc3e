"""The ring counts without holes, over many publishers, and begins anew when Redis lost it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import redis
import redis.asyncio

from coach.live import ring
from coach.live.ring import Frame, Position, RingReader
from tests.processes import OwnRedis


def bars(*numbers: int) -> list[Frame]:
    return [
        Frame("bar", b'{"symbol":"SPY","timeframe":"1m","seq":%d}' % number, symbol="SPY")
        for number in numbers
    ]


def test_offsets_count_from_one_without_holes(own_redis: OwnRedis) -> None:
    assert ring.publish(own_redis.client, []) == []
    assert ring.publish(own_redis.client, bars(7, 8)) == [1, 2]
    assert ring.publish(own_redis.client, bars(9)) == [3]


def test_a_frame_under_a_name_is_taken_once_whoever_publishes_it_again(
    own_redis: OwnRedis,
) -> None:
    first, second = (
        Frame("run", b'{"id":%d}' % number, once=f"outbox:{number}") for number in (1, 2)
    )
    assert ring.publish(own_redis.client, [first]) == [1]
    assert ring.publish(own_redis.client, [first, second]) == [2]
    assert ring.publish(own_redis.client, [first, second]) == []
    assert ring.publish(own_redis.client, [Frame("run", b"{}"), Frame("run", b"{}")]) == [3, 4]


async def test_what_was_published_is_read_back_as_it_was(own_redis: OwnRedis) -> None:
    frames = [
        *bars(1),
        Frame(
            "alert",
            '{"n":3,"prevN":2,"why":"Ausbruch über 5 €"}'.encode(),
            symbol="X:BTCUSD",
            user_id="01J",
        ),
        Frame("run", b"{}", user_id="01J"),
    ]
    ring.publish(own_redis.client, frames)
    async with redis.asyncio.Redis.from_url(own_redis.url) as client:
        reader = RingReader(client)
        head = await reader.head()
        entries = await reader.follow(Position(head.epoch, 0), block_ms=1)
        assert [entry.frame for entry in entries] == frames
        assert [entry.position.offset for entry in entries] == [1, 2, 3]
        assert head == entries[-1].position
        assert await reader.between(entries[0].position, entries[1].position, count=9) == [
            entries[1]
        ]
        assert await reader.newest(2) == entries[1:]
        assert await reader.oldest() == entries[0].position
        assert await reader.follow(head, block_ms=1) == []


def test_publishers_in_several_processes_never_share_an_offset(own_redis: OwnRedis) -> None:
    program = (
        "import redis, sys\n"
        "from coach.live.ring import Frame, publish\n"
        "client = redis.Redis.from_url(sys.argv[1])\n"
        "for i in range(100):\n"
        "    print(*publish(client, [Frame('run', b'{}')] * 3))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, own_redis.url], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    offsets = [int(word) for process in processes for word in process.communicate()[0].split()]
    assert sorted(offsets) == list(range(1, 901))


async def test_an_emptied_redis_begins_a_later_epoch(own_redis: OwnRedis) -> None:
    ring.publish(own_redis.client, bars(1, 2, 3))
    async with redis.asyncio.Redis.from_url(own_redis.url) as client:
        reader = RingReader(client)
        before = await reader.head()
        own_redis.client.flushall()
        assert ring.publish(own_redis.client, bars(4)) == [1]
        after = await reader.head()
        assert after.epoch > before.epoch
        assert [entry.position for entry in await reader.follow(before, block_ms=1)] == [after]


async def test_a_restarted_redis_begins_a_later_epoch(own_redis: OwnRedis) -> None:
    """It keeps its file but may have lost the last second, so no old offset may be given again."""
    ring.publish(own_redis.client, bars(1, 2, 3))
    async with redis.asyncio.Redis.from_url(own_redis.url) as client:
        before = await RingReader(client).head()
    own_redis.kill()
    own_redis.start()
    async with redis.asyncio.Redis.from_url(own_redis.url) as client:
        after = await RingReader(client).head()
        assert after.epoch > before.epoch
        assert after.offset == 0
        assert await RingReader(client).oldest() is None


async def test_the_ring_forgets_its_oldest_events(own_redis: OwnRedis) -> None:
    for _ in range(3):
        ring.publish(own_redis.client, bars(*range(10_000)))
    length = own_redis.client.xlen(ring.STREAM)
    assert ring.MAX_LENGTH <= length < ring.MAX_LENGTH + 1_000
    async with redis.asyncio.Redis.from_url(own_redis.url) as client:
        oldest = await RingReader(client).oldest()
        assert oldest
        assert oldest.offset == 30_000 - length + 1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Frame("bar", b'{"a":\n1}'), "one line"),
        (Frame("bar", b"a\rb"), "one line"),
        (Frame("bar\ndata: x", b"{}"), "kind"),
        (Frame("", b"{}"), "kind"),
        (Frame("run", b"{"), "unexpected end"),
        (Frame("alert", b'{"n":1}'), "prevN of a alert must be of type int: None"),
        (Frame("bar", b'{"symbol":"SPY","timeframe":"1m","seq":"7"}'), "seq of a bar"),
    ],
)
def test_a_frame_that_would_break_the_stream_is_refused_whole(
    own_redis: OwnRedis, frame: Frame, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ring.publish(own_redis.client, [*bars(1), frame])
    assert own_redis.client.exists(ring.STREAM) == 0


@pytest.mark.parametrize(
    "text",
    ["", "1", "-", "1-", "-1", "1-2-3", "a-b", "1-2\n", " 1-2", "٣-٤", "9" * 99 + "-1", "1--2"],
)
def test_a_hostile_position_is_none(text: str) -> None:
    assert ring.parse_position(text) is None


def test_a_position_reads_as_it_was_written() -> None:
    position = Position(1_700_000_000_000, 12)
    assert ring.parse_position(str(position)) == position
