"""Who may talk to the coach, what is refused, and how a connection ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from rest_framework.authtoken.models import Token
from websockets.exceptions import ConnectionClosed, InvalidStatus

from coach.live.tests.conftest import Trader
from coach.live.voice.tests.client import VoiceClient, open_voice
from feedback.selectors import labels_of
from feedback.tests.factories import decided
from tests.webserver import WebServer

pytestmark = pytest.mark.processes


HOSTILE: tuple[tuple[str | bytes, str | None], ...] = (
    ("{", None),
    (b"\x00\x01", None),
    ('{"type":"dance"}', "type"),
    ('{"type":"interrupt","utteranceId":99,"onsetTs":1}', "utteranceId"),
    ('{"type":"mute","symbol":"SPY; DROP","minutes":1}', "symbol"),
    ('{"type":"label","signalId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","label":"good"}', "signalId"),
    ('{"type":"explain","signalId":"nobody"}', "signalId"),
    ('{"type":"explain"}', "signalId"),
    ('{"type":"command","text":"sell everything"}', "text"),
)


def _was_refused(times: int, client: VoiceClient) -> bool:
    return len(client.of("error")) == times


def _was_answered(utterance: int, client: VoiceClient) -> bool:
    return bool(client.sounds(utterance))


async def test_hostile_frames_are_refused_by_field_and_the_line_stays(
    server: WebServer, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    for count, (raw, field) in enumerate(HOSTILE, start=1):
        await client.send_raw(raw)
        await client.until(partial(_was_refused, count))
        [error] = client.of("error")[-1]["errors"]
        assert error["attr"] == field, raw
        assert error["detail"], raw
        await client.send("sample")
        await client.until(partial(_was_answered, count))
    await client.close()


async def test_another_users_signal_is_nobody_s(
    server: WebServer, trader: Trader, new_trader: Callable[[str], Trader]
) -> None:
    other = await sync_to_async(new_trader)("other")
    signal_row = await sync_to_async(decided)(other.id)
    client = await open_voice(server.port, trader.cookie)
    await client.send("explain", signalId=signal_row.id)
    await client.send("label", signalId=signal_row.id, label="bad")
    await client.until(lambda c: len(c.of("error")) == 2)
    assert [f["errors"][0]["attr"] for f in client.of("error")] == ["signalId", "signalId"]
    assert not await sync_to_async(labels_of)(other.id, [signal_row.id])
    await client.close()


async def test_a_flood_ends_the_connection(server: WebServer, trader: Trader) -> None:
    client = await open_voice(server.port, trader.cookie)
    sent = 0
    with contextlib.suppress(ConnectionClosed):
        while sent < 2_000:
            await client.send_raw('{"type":"dance"}')
            sent += 1
    await client.until(lambda c: c.closed is not None)
    assert client.closed == 1008
    assert len(client.of("error")) < 2_000


async def test_who_gets_in(server: WebServer, trader: Trader) -> None:
    token = await sync_to_async(Token.objects.create)(user_id=trader.id)
    client = await open_voice(server.port, {"Authorization": f"Token {token.key}"})
    assert client.of("hello")
    await client.close()
    own = {"Origin": server.url, **trader.cookie}
    client = await open_voice(server.port, own)
    assert client.of("hello")
    await client.close()
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Token no"}, 401),
        ({"Cookie": f"{settings.SESSION_COOKIE_NAME}=forged"}, 401),
        ({"Origin": "https://evil.example", **trader.cookie}, 403),
        ({"Origin": "null", **trader.cookie}, 403),
        ({"Host": "evil.example", **trader.cookie}, 400),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await open_voice(server.port, headers)
        assert refused.value.response.status_code == status, headers
        assert orjson.loads(refused.value.response.body)["errors"][0]["detail"]
    with pytest.raises(InvalidStatus) as refused:
        await open_voice(server.port, trader.cookie, path="/ws/other")
    assert refused.value.response.status_code == 404


async def test_one_user_has_so_many_connections(server: WebServer, trader: Trader) -> None:
    clients = [await open_voice(server.port, trader.cookie) for _ in range(5)]
    with pytest.raises(InvalidStatus) as refused:
        await open_voice(server.port, trader.cookie)
    assert refused.value.response.status_code == 429
    await clients[0].close()
    await asyncio.wait_for(_until_admitted(server, trader), 20)
    for client in clients[1:]:
        await client.close()


async def _until_admitted(server: WebServer, trader: Trader) -> None:
    while True:
        try:
            client = await open_voice(server.port, trader.cookie)
        except InvalidStatus:
            continue
        await client.close()
        return


async def test_signing_out_ends_it_and_so_does_the_server(
    server: WebServer, trader: Trader, new_trader: Callable[[str], Trader]
) -> None:
    other = await sync_to_async(new_trader)("other")
    mine = await open_voice(server.port, trader.cookie)
    theirs = await open_voice(server.port, other.cookie)
    await sync_to_async(Session.objects.filter(session_key=trader.session_key).delete)()
    await mine.until(lambda c: c.closed is not None)
    assert mine.closed == 4401
    await theirs.send("sample")
    await theirs.until(lambda c: c.sounds(1))
    server.signal(signal.SIGTERM)
    await theirs.until(lambda c: c.closed is not None)
    assert theirs.closed in {1001, 1012}
    assert await asyncio.to_thread(server.wait) in {0, -signal.SIGTERM}
