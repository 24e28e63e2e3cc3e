"""The stream over a real server and a real Redis: who gets what, and nothing twice or never."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from rest_framework.authtoken.models import Token

from coach.live import ring
from coach.live.tests.conftest import Trader, alert, bar
from tests.eventstream import EventStream, open_stream
from tests.processes import OwnRedis
from tests.webserver import WebServer

pytestmark = pytest.mark.processes
Servers = Callable[..., WebServer]


def seqs(stream: EventStream, kind: str = "bar") -> list[int]:
    return [event.data["seq"] for event in stream.of(kind)]


def has_events_or_alert(count: int, n: int, stream: EventStream) -> bool:
    alerts = stream.of("alert")
    return len(stream.events) >= count or bool(alerts and alerts[-1].data["n"] == n)


async def joined(server: WebServer, trader: Trader, query: str = "", **headers: str) -> EventStream:
    """A stream that has said hello."""
    stream = await open_stream(server.port, query, headers={**trader.cookie, **headers})
    assert stream.status == 200, stream.body
    await stream.until(lambda s: s.of("hello"))
    return stream


async def test_what_is_published_comes_once_and_in_order(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    server = web_servers()
    stream = await joined(server, trader, "?symbols=SPY")
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in stream.headers
    assert 500 <= (stream.retry or 0) <= 3_000
    for seq in range(50):
        ring.publish(own_redis.client, [bar(seq), bar(seq, "AAPL"), bar(seq, kind="microbar")])
    await stream.until(lambda s: len(s.of("bar")) == len(s.of("microbar")) == 50)
    assert seqs(stream) == seqs(stream, "microbar") == list(range(50))
    assert {event.data["symbol"] for event in stream.of("bar")} == {"SPY"}
    late = await joined(server, trader, "?symbols=SPY,AAPL,QQQ")
    [hello] = late.of("hello")
    assert hello.data["heads"] == {"AAPL": 49, "SPY": 49}
    assert hello.data["heartbeatMs"] == 15_000
    assert hello.data["rotationMs"] == 600_000
    assert hello.id == stream.last_id


async def test_a_client_resumes_where_it_was_over_another_process(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    first, second = web_servers(), web_servers()
    stream = await joined(first, trader, "?symbols=SPY")
    ring.publish(own_redis.client, [bar(1), alert(1, trader.id)])
    await stream.until(lambda s: s.of("alert"))
    await stream.close()
    ring.publish(own_redis.client, [bar(2), bar(9, "AAPL"), alert(2, trader.id), bar(3)])
    assert stream.last_id
    for header in ({"Last-Event-ID": stream.last_id}, {}):
        query = "?symbols=SPY" + ("" if header else f"&lastEventId={stream.last_id}")
        resumed = await joined(second, trader, query, **header)
        ring.publish(own_redis.client, [bar(4), alert(3, trader.id)])
        await resumed.until(lambda s: 3 in [event.data["n"] for event in s.of("alert")])
        assert seqs(resumed)[:3] == [2, 3, 4]
        assert [event.data["n"] for event in resumed.of("alert")][:2] == [2, 3]
        assert not resumed.of("reset")


async def test_resuming_under_fire_loses_and_repeats_nothing(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    """A client that hangs up again and again ends with exactly what was published."""
    server = web_servers()
    total, burst = 600, 50
    turns = asyncio.Semaphore(1)

    async def publish() -> None:
        for seq in range(1, total + 1):
            if seq % burst == 0:  # so many a round, however slowly the client comes back
                await turns.acquire()
            await asyncio.to_thread(
                ring.publish, own_redis.client, [bar(seq), alert(seq, trader.id)]
            )

    stream = await joined(server, trader, "?symbols=SPY")
    publishing = asyncio.create_task(publish())
    bars: list[int] = []
    alerts: list[int] = []
    rounds = 0
    while not alerts or alerts[-1] < total:
        rounds += 1
        turns.release()
        want = len(stream.events) + 7 * (rounds % 9)
        await stream.until(partial(has_events_or_alert, want, total))
        bars += seqs(stream)
        alerts += [event.data["n"] for event in stream.of("alert")]
        await stream.close()
        stream = await joined(
            server, trader, "?symbols=SPY", **{"Last-Event-ID": str(stream.last_id)}
        )
    await publishing
    assert rounds > 5
    assert bars == alerts == list(range(1, total + 1))


async def test_an_alert_reaches_its_user_alone_and_others_symbols_as_a_bare_number(
    web_servers: Servers,
    own_redis: OwnRedis,
    trader: Trader,
    new_trader: Callable[[str], Trader],
) -> None:
    server = web_servers()
    other = await sync_to_async(new_trader)("other")
    mine = await joined(server, trader, "?symbols=SPY")
    theirs = await joined(server, other, "?symbols=SPY")
    ring.publish(
        own_redis.client,
        [
            alert(1, trader.id),
            alert(2, trader.id, "AAPL"),
            alert(3, trader.id, "AAPL", "suppressed"),
            ring.Frame("run", b'{"id":"r"}', user_id=trader.id),
            bar(1),
        ],
    )
    await mine.until(lambda s: s.of("bar"))
    await theirs.until(lambda s: s.of("bar"))
    assert [event.kind for event in theirs.events] == ["hello", "bar"]
    assert [event.data for event in mine.of("alert")] == [
        {"id": "A1", "n": 1, "prevN": 0, "symbol": "SPY"},
        {"n": 2, "prevN": 1},
    ]
    assert [event.data for event in mine.of("suppressed")] == [{"n": 3, "prevN": 2}]
    assert len(mine.of("run")) == 1


async def test_without_symbols_the_watchlist_is_sent(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    from coach.signals.models import Watchlist  # noqa: PLC0415  apps must be loaded

    server = web_servers()
    everything = await joined(server, trader)
    await Watchlist.objects.acreate(user_id=trader.id, symbols=["QQQ"])
    watched = await joined(server, trader)
    ring.publish(own_redis.client, [bar(1), bar(2, "QQQ"), bar(3)])
    await everything.until(lambda s: len(s.of("bar")) == 3)
    await watched.until(lambda s: s.of("bar"))
    assert seqs(watched) == [2]


PLACES: tuple[tuple[str, str | None], ...] = (
    ("nonsense", "malformed"),
    ("1-1; DROP TABLE", "malformed"),
    ("9" * 400, "malformed"),
    ("1-1", "unknown"),
    ("{epoch}-999", "unknown"),
    ("{epoch}-0", None),
    ("{epoch}-1", None),
)


async def test_an_unknown_place_is_answered_with_reset(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    ring.publish(own_redis.client, [bar(1), bar(2)])
    epoch = own_redis.client.hget(ring.HEAD, "epoch").decode()  # type: ignore[union-attr]
    server = web_servers()
    asked = [last_id.replace("{epoch}", epoch) for last_id, _ in PLACES]
    streams = [
        await joined(server, trader, "?symbols=SPY", **{"Last-Event-ID": place}) for place in asked
    ]
    ring.publish(own_redis.client, [bar(3)])
    for place, stream, (_, reason) in zip(asked, streams, PLACES, strict=True):
        await stream.until(lambda s: 3 in seqs(s))
        if reason:
            assert [event.data["reason"] for event in stream.of("reset")] == [reason], place
            assert stream.of("reset")[0].id == f"{epoch}-2", place
            assert seqs(stream) == [3], place
        else:
            assert not stream.of("reset"), place
            assert seqs(stream) == [1, 2, 3][int(place[-1]) :]


async def test_a_place_that_the_ring_has_forgotten_is_answered_with_reset(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    ring.publish(own_redis.client, [bar(seq) for seq in range(1, ring.MAX_LENGTH + 2_000)])
    epoch = own_redis.client.hget(ring.HEAD, "epoch").decode()  # type: ignore[union-attr]
    server = web_servers()
    stream = await joined(server, trader, **{"Last-Event-ID": f"{epoch}-5"})
    await stream.until(lambda s: s.of("reset"))
    assert stream.of("reset")[0].data["reason"] == "tooOld"
    assert not stream.of("bar")


@pytest.mark.parametrize("loss", ["emptied", "restarted", "away"])
async def test_a_lost_ring_is_announced_and_the_stream_goes_on(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader, loss: str
) -> None:
    server = web_servers()
    stream = await joined(server, trader, "?symbols=SPY")
    ring.publish(own_redis.client, [bar(1), bar(2)])
    await stream.until(lambda s: seqs(s) == [1, 2])
    if loss == "emptied":
        own_redis.client.flushall()
    else:
        own_redis.kill()
        if loss == "away":
            refused = await open_stream(server.port, headers=trader.cookie)
            assert refused.status == 503
            assert refused.headers["retry-after"]
        own_redis.start()
    await stream.until(lambda s: s.of("reset"))
    ring.publish(own_redis.client, [bar(3)])
    await stream.until(lambda s: 3 in seqs(s))
    assert seqs(stream) == [1, 2, 3]
    assert len(stream.of("reset")) == 1


async def test_a_client_that_cannot_keep_up_is_cut_off_and_others_are_not(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    server = web_servers()
    slow = await joined(server, trader, "?symbols=SPY")
    quick = await joined(server, trader, "?symbols=SPY")
    text = "x" * 20_000
    frames = [
        ring.Frame(
            "alert",
            orjson.dumps({"n": n, "prevN": n - 1, "symbol": "SPY", "why": text}),
            symbol="SPY",
            user_id=trader.id,
        )
        for n in range(1, 1_001)
    ]
    for start in range(0, len(frames), 20):  # 20 MB, more than any socket buffer takes
        ring.publish(own_redis.client, frames[start : start + 20])
        await quick.until(partial(has_events_or_alert, 10_000, start + 20))
    await slow.until_ended()
    got = [event.data["n"] for event in slow.of("alert")]
    assert got == list(range(1, len(got) + 1)), "what came before the cut is whole"
    assert len(got) < 1_000
    assert [event.data["n"] for event in quick.of("alert")] == list(range(1, 1_001))
    again = await joined(server, trader, "?symbols=SPY", **{"Last-Event-ID": str(slow.last_id)})
    await again.until(lambda s: s.of("alert") and s.events[-1].data["n"] == 1_000)
    assert got + [event.data["n"] for event in again.of("alert")] == list(range(1, 1_001))


def headers_of(trader: Trader, **extra: str) -> dict[str, str]:
    return {**trader.cookie, **extra}


async def test_hostile_requests_are_refused_and_harm_nobody(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    server = web_servers()
    stream = await joined(server, trader)
    cookie = trader.cookie["Cookie"]
    for lines in (
        "GET /api/stream?symbols=\xff\xfe HTTP/1.1\r\nHost: localhost\r\n",
        "GET /api/stream?lastEventId=%00%ff HTTP/1.1\r\nHost: localhost\r\n",
        f"GET /api/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {'9' * 5_000}-1\r\n",
        "GET /api/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: \xff\r\n",
        "GET /api/stream HTTP/1.1\r\nHost: a b\r\n",
        "GET /api/stream HTTP/1.1\r\n",
        "HEAD /api/stream HTTP/1.1\r\nHost: localhost\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"{lines}Cookie: {cookie}\r\n\r\n".encode("latin-1"))
        status = int((await reader.readuntil(b"\r\n")).split()[1])
        assert status in {200, 400, 405}, lines
        writer.close()
    ring.publish(own_redis.client, [bar(1)])
    await stream.until(lambda s: s.of("bar"))
    assert "Traceback" not in server.log.read_text()


async def test_who_may_open_a_stream(web_servers: Servers, trader: Trader) -> None:
    server = web_servers(STREAM_PER_USER="2", CSRF_TRUSTED_ORIGINS="https://desk.example")
    token = await Token.objects.acreate(user_id=trader.id)

    async def ask(query: str = "", **how: Any) -> tuple[int, Any]:
        stream = await open_stream(server.port, query, **how)
        await stream.close()
        return stream.status, orjson.loads(stream.body)["errors"][0] if stream.body else None

    own = f"http://127.0.0.1:{server.port}"
    for nobody in ({}, {"Cookie": "sessionid=nobody"}, {"Authorization": "Token nobody"}):
        assert (await ask(headers=nobody))[0] == 401, nobody
    assert (await ask(headers={"Authorization": f"Token {token.key}"}))[0] == 200
    assert (await ask(headers=headers_of(trader, Origin=own)))[0] == 200
    assert (await ask(headers=headers_of(trader, Origin="https://desk.example")))[0] == 200
    for origin in ("https://evil.example", "null", own + ".evil.example", own + "0", ""):
        assert (await ask(headers=headers_of(trader, Origin=origin)))[0] == 403, origin
    status, error = await ask(headers=headers_of(trader, Host="evil.example"))
    assert (status, error["code"]) == (400, "invalid")
    assert (await ask(headers=trader.cookie, method="POST"))[0] == 405
    for symbols in ("spy", "SPY,%0d%0a", "A" * 21, "%3Cscript%3E", ",".join(["SPY"] * 201)):
        status, error = await ask(f"?symbols={symbols}", headers=trader.cookie)
        assert (status, error["attr"]) == (400, "symbols"), symbols
    await get_user_model().objects.filter(pk=trader.id).aupdate(loopback_only=True)
    assert (await ask(headers=trader.cookie))[0] == 200
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert (await ask(headers=headers_of(trader, **{header: "127.0.0.1"})))[0] == 401
    kept = [await joined(server, trader) for _ in range(2)]
    status, error = await ask(headers=trader.cookie)
    assert (status, error["code"]) == (429, "throttled")
    await kept[0].close()


async def test_a_stream_ends_when_its_user_is_shut_out(
    web_servers: Servers, new_trader: Callable[[str], Trader]
) -> None:
    server = web_servers(STREAM_RECHECK_SECONDS="0.1")
    other = await joined(server, await sync_to_async(new_trader)("other"))
    for how in ("logout", "deactivated", "password", "token"):
        stream = await _shut_out(server, await sync_to_async(new_trader)(how), how)
        await stream.until_ended()
        last = stream.events[-1]
        assert (last.kind, last.data) == ("bye", {"reason": "signedOut"}), how
        assert not other.ended, how
    await other.close()


async def _shut_out(server: WebServer, trader: Trader, how: str) -> EventStream:
    """The stream of a user who is shut out while it is open."""
    if how == "token":
        token = await Token.objects.acreate(user_id=trader.id)
        stream = await open_stream(server.port, headers={"Authorization": f"Token {token.key}"})
        await token.adelete()
        return stream
    stream = await joined(server, trader)
    users = get_user_model().objects.filter(pk=trader.id)
    if how == "logout":
        await Session.objects.filter(pk=trader.session_key).adelete()
    elif how == "deactivated":
        await users.aupdate(is_active=False)
    else:
        await users.aupdate(password="another")
    return stream


async def test_streams_are_rotated_and_kept_alive(web_servers: Servers, trader: Trader) -> None:
    server = web_servers(STREAM_ROTATION_SECONDS="1.5", STREAM_HEARTBEAT_SECONDS="0.1")
    stream = await joined(server, trader)
    await stream.until_ended()
    assert stream.comments >= 3
    assert stream.events[-1].data == {"reason": "rotation"}


async def test_a_server_told_to_stop_ends_its_streams_at_once(
    web_servers: Servers, trader: Trader
) -> None:
    server = web_servers()
    streams = [await joined(server, trader) for _ in range(5)]
    server.signal(signal.SIGTERM)
    for stream in streams:
        await stream.until_ended()
        assert stream.events[-1].data == {"reason": "shutdown"}
    await check_clean_end(server)


async def test_clients_that_come_while_the_server_stops_do_not_hold_it_up(
    web_servers: Servers, trader: Trader
) -> None:
    server = web_servers(STREAM_PER_USER="1000")
    await joined(server, trader)
    ask = partial(open_stream, server.port, headers=trader.cookie)
    asking = [asyncio.create_task(ask()) for _ in range(100)]
    await asking[0]
    server.signal(signal.SIGTERM)
    await asyncio.gather(*asking, return_exceptions=True)
    await check_clean_end(server)


async def check_clean_end(server: WebServer) -> None:
    """It ended by itself, before its patience with open responses did."""
    status = await asyncio.to_thread(server.wait)
    assert status in {0, -signal.SIGTERM}
    log = server.log.read_text()
    assert not [w for w in ("Exception", "ERROR", "graceful shutdown exceeded") if w in log], log
