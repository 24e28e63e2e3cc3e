"""The voice over a real server, a real Redis and a real synthesizer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from asgiref.sync import sync_to_async

from coach.accounts.services import save_settings
from coach.live import ring
from coach.live.alerts import alerts_json
from coach.live.ring import Frame
from coach.live.tests.conftest import Trader
from coach.live.voice.tests.client import VoiceClient, open_voice
from coach.live.voice.tests.speech_server import SpeechServer
from coach.signals.selectors import decision_about
from feedback.selectors import labels_of
from feedback.tests.factories import decided
from tests.processes import OwnRedis
from tests.webserver import WebServer

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("instruments")]
Servers = Callable[..., WebServer]
MINUTE = 60_000


def now_ms() -> int:
    return int(time.time() * 1000)


def alert(trader: Trader, n: int = 1, **changes: Any) -> Frame:
    """An alert on the bar that has just closed; no clock runs, so market time is the wall's."""
    data = {
        "id": f"A{n}",
        "n": n,
        "prevN": n - 1,
        "signalId": f"S{n}",
        "symbol": "SPY",
        "timeframe": "1m",
        "ts": now_ms() - MINUTE - 1_000 + n,
        "ruleId": "ltp_breakout",
        "direction": "long",
        "confidence": 0.7,
        "price": 512.34,
        "mode": "on",
        **changes,
    }
    return Frame("alert", orjson.dumps(data), symbol=data["symbol"], user_id=trader.id)


def peak(samples: bytes) -> int:
    return max(abs(value) for value in memoryview(samples).cast("h"))


def ended(number: int) -> Callable[[VoiceClient], object]:
    return lambda client: [f for f in client.of("say.end") if f["utteranceId"] == number]


async def test_an_alert_is_said_whole(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    assert client.of("hello")[0]["synthesizer"] == "espeak"
    ring.publish(own_redis.client, [alert(trader)])
    await client.until(ended(1))
    [start], [end] = client.of("say.start"), client.of("say.end")
    assert start["text"] == "SPY long, breakout, five twelve thirty-four"
    assert start["caption"] == "SPY long, breakout, 512.34"
    assert (start["utteranceId"], start["kind"], start["signalId"]) == (1, "alert", "S1")
    assert end["outcome"] == "said"
    samples = b"".join(sound[2] for sound in client.sounds(1))
    assert {sound[1] for sound in client.sounds()} == {22_050}
    assert 2 < len(samples) / 2 / 22_050 < 5
    assert peak(samples) > 8_000
    kinds = [frame["type"] if isinstance(frame, dict) else "sound" for frame in client.frames]
    assert kinds == ["hello", "say.start", *["sound"] * len(client.sounds()), "say.end"]
    await client.close()


async def test_one_sentence_for_one_close_and_old_ones_stay_silent(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    close = now_ms() - MINUTE - 2_000
    ring.publish(
        own_redis.client,
        [
            alert(trader, 1, ts=close - 10 * MINUTE),
            alert(trader, 2, ts=close, confidence=0.5),
            alert(trader, 3, ts=close, confidence=0.9, symbol="AAPL", direction="short"),
            alert(trader, 4, ts=close, confidence=0.6),
            alert(trader, 5, ts=close + 1, mode="off"),
        ],
    )
    await client.until(lambda c: c.of("say.end"))
    ring.publish(own_redis.client, [alert(trader, 6, ts=close), alert(trader, 7, ts=close + 500)])
    await client.until(lambda c: len(c.of("say.end")) == 2)
    assert [frame["text"] for frame in client.of("say.start")] == [
        "AAPL short, breakout, five twelve thirty-four, and two more",
        "SPY long, breakout, five twelve thirty-four",
    ]
    await client.close()


async def test_alerts_that_come_while_others_are_looked_at_are_not_forgotten(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    close = now_ms() - MINUTE - 2_000
    for n in range(1, 101):
        frame = alert(trader, n, ts=close + n, mode="silent")
        await asyncio.to_thread(ring.publish, own_redis.client, [frame])
    await client.until(lambda c: c.of("say.start") and c.of("say.start")[-1]["signalId"] == "S100")
    await client.close()


async def test_rules_and_symbols_are_on_silent_or_off(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    symbols = {"AAPL": "silent", "SPY": "on", "QQQ": "off"}
    await sync_to_async(save_settings)(user_id=trader.id, change={"voice": {"symbols": symbols}})
    client = await open_voice(server.port, trader.cookie)
    close = now_ms() - MINUTE - 3_000
    ring.publish(own_redis.client, [alert(trader, 1, ts=close, symbol="QQQ")])
    ring.publish(own_redis.client, [alert(trader, 2, ts=close + 1, symbol="AAPL")])
    await client.until(ended(1))
    ring.publish(own_redis.client, [alert(trader, 3, ts=close + 2, mode="silent")])
    await client.until(ended(2))
    ring.publish(own_redis.client, [alert(trader, 4, ts=close + 3)])
    await client.until(ended(3))
    assert [f["signalId"] for f in client.of("say.start")] == ["S2", "S3", "S4"]
    assert [f["audio"] for f in client.of("say.start")] == ["none", "none", "pcm"]
    assert [f["outcome"] for f in client.of("say.end")] == ["shown", "shown", "said"]
    assert {sound[0] for sound in client.sounds()} == {3}
    await client.close()


async def test_a_muted_symbol_is_not_spoken_about_until_it_is_unmuted(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    await client.send("command", text="mute SPY 10 minutes")
    await client.until(ended(1))
    assert client.of("muted")[0]["symbol"] == "SPY"
    close = now_ms() - MINUTE - 3_000
    ring.publish(own_redis.client, [alert(trader, 1, ts=close)])
    ring.publish(own_redis.client, [alert(trader, 2, ts=close + 1, symbol="AAPL")])
    await client.until(ended(2))
    again = await open_voice(server.port, trader.cookie)
    assert [item["symbol"] for item in again.of("hello")[0]["muted"]] == ["SPY"]
    await again.send("mute", symbol="SPY", minutes=0)
    await again.until(ended(1))
    assert again.of("muted")[0]["until"] is None
    ring.publish(own_redis.client, [alert(trader, 3, ts=close + 2)])
    await again.until(ended(2))
    spoken = [f["signalId"] for f in client.of("say.start") if f["kind"] == "alert"]
    assert spoken[0] == "S2"
    await client.close()
    await again.close()


async def test_an_interrupt_stops_the_sound_the_queue_and_is_timed(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    await client.send("sample")
    await client.until(lambda c: len(c.sounds(1)) > 3)
    close = now_ms() - MINUTE - 1_000
    ring.publish(own_redis.client, [alert(trader, 1, ts=close)])
    onset = time.time() * 1000
    await client.send("interrupt", utteranceId=1, onsetTs=onset)
    await client.send("interrupt", utteranceId=1, onsetTs=onset, silentTs=onset + 87.5)
    await client.send("interrupt", utteranceId=1, onsetTs=onset, silentTs=onset + 9_000)
    await client.until(ended(1))
    assert client.of("say.end")[0]["outcome"] == "interrupted"
    at = client.frames.index(client.of("say.end")[0])
    assert not [f for f in client.frames[at:] if isinstance(f, tuple) and f[0] == 1]
    await client.send("command", text="nonsense")  # answered in order: the one before is done
    await client.until(lambda c: c.of("error"))
    await client.close()
    async with httpx.AsyncClient(base_url=server.url, headers=trader.cookie) as http:
        measured = (await http.get("/slo")).json()["metrics"]["voiceInterruptMs"]
    assert measured["count"] == 1  # the same utterance counts once
    assert measured["p95"] == pytest.approx(87.5, rel=0.02)


async def test_what_is_asked_for_comes_at_once_and_in_full(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    signal_row = await sync_to_async(decided)(trader.id)
    client = await open_voice(server.port, trader.cookie)
    await client.send("sample")
    await client.until(lambda c: c.sounds(1))
    await client.send("explain", signalId=signal_row.id)
    await client.until(lambda c: c.sounds(2))
    assert [f["outcome"] for f in client.of("say.end")] == ["replaced"]
    start = client.of("say.start")[1]
    assert start["kind"] == "why"
    assert start["cuts"] is True
    [decision] = [await sync_to_async(decision_about)(trader.id, signal_row.id)]
    assert decision
    [told] = await sync_to_async(alerts_json)([decision])
    assert told["why"] in start["caption"]
    await client.send("command", text="good")  # about what was spoken last
    await client.until(lambda c: c.of("labelled"))
    labels = await sync_to_async(labels_of)(trader.id, [signal_row.id])
    assert labels[signal_row.id].label == "good"
    [labelled] = client.of("labelled")
    assert labelled["signalId"] == signal_row.id
    assert labelled["label"]["label"] == "good"
    await client.send("label", signalId=signal_row.id, label="bad")
    await client.until(lambda c: len(c.of("labelled")) == 2)
    labels = await sync_to_async(labels_of)(trader.id, [signal_row.id])
    assert labels[signal_row.id].label == "bad"
    await client.close()


async def test_a_quiet_tab_gets_captions_alone(
    server: WebServer, own_redis: OwnRedis, trader: Trader
) -> None:
    client = await open_voice(server.port, trader.cookie)
    await client.send("sample")
    await client.until(lambda c: c.sounds(1))
    await client.send("quiet", quiet=True)
    await client.until(ended(1))
    await client.until(lambda c: c.of("quiet"))
    ring.publish(own_redis.client, [alert(trader)])
    await client.until(ended(2))
    assert [f["audio"] for f in client.of("say.start")] == ["pcm", "none"]
    assert not client.sounds(2)
    await client.send("quiet", quiet=False)
    await client.send("sample")
    await client.until(lambda c: c.sounds(3))
    await client.close()


async def test_without_a_synthesizer_the_browser_speaks(
    web_servers: Servers, own_redis: OwnRedis, trader: Trader
) -> None:
    server = web_servers(VOICE_EMBEDDED="0")
    client = await open_voice(server.port, trader.cookie)
    assert client.of("hello")[0]["synthesizer"] is None
    ring.publish(own_redis.client, [alert(trader)])
    await client.until(ended(1))
    assert client.of("say.start")[0]["audio"] == "browser"
    assert not client.sounds()
    await client.close()


async def test_a_speech_server_that_stalls_is_followed_by_the_embedded_one(
    web_servers: Servers, trader: Trader
) -> None:
    async with SpeechServer(behaviour="stall") as speech:
        server = web_servers(VOICE_URL=speech.url)
        client = await open_voice(server.port, trader.cookie)
        assert client.of("hello")[0]["synthesizer"] == "remote"
        await client.send("sample")
        await client.until(ended(1))
        assert client.of("say.end")[0]["outcome"] == "said"
        rates = [rate for _, rate, _ in client.sounds(1)]
        assert rates == sorted(rates, reverse=True)
        assert set(rates) == {24_000, 22_050}
        speech.behaviour = "ok"
        await client.send("sample")
        await client.until(ended(2))
        assert {rate for _, rate, _ in client.sounds(2)} == {24_000}
        await client.close()
