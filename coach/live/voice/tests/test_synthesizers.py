"""The embedded synthesizer as a real process, a remote one over HTTP, who stands in for whom."""

from __future__ import annotations

import array
import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from coach.live.voice.breaker import Breaker
from coach.live.voice.chain import Chain, Link
from coach.live.voice.espeak import PROGRAM, Espeak, spelled
from coach.live.voice.remote import Remote, Server
from coach.live.voice.synthesizer import Sound, Synthesizer, SynthesizerError
from coach.live.voice.tests.speech_server import Behaviour, SpeechServer

TEXT = "SPY long, breakout, five twelve thirty-four"
LONG = ", ".join([TEXT] * 10)


@pytest.fixture
async def espeak() -> AsyncIterator[Espeak]:
    synthesizer = Espeak()
    yield synthesizer
    await synthesizer.aclose()


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with SpeechServer() as speech:
        yield speech


def remote(server: SpeechServer) -> Remote:
    return Remote(Server(url=server.url, key="secret", patience=0.4))


async def all_of(
    synthesizer: Synthesizer | Chain, text: str = TEXT, rate: float = 1
) -> list[Sound]:
    return [sound async for sound in synthesizer.speak(text, rate)]


def loudest(sounds: list[Sound]) -> int:
    return max(abs(sample) for sound in sounds for sample in array.array("h", sound.data))


def seconds(sounds: list[Sound]) -> float:
    return sum(sound.seconds for sound in sounds)


def about(value: Any) -> Any:
    """eSpeak NG breathes with a random generator of its own: no two sentences are equal."""
    return pytest.approx(value, rel=0.02)


async def test_the_embedded_one_speaks_aloud_and_at_the_speed_asked(espeak: Espeak) -> None:
    normal, fast = await all_of(espeak), await all_of(espeak, rate=2)
    assert len(normal) > 10  # piece by piece, not all at the end
    assert 2 < seconds(normal) < 5
    assert seconds(fast) < 0.7 * seconds(normal)
    assert loudest(normal) > 8_000


async def test_the_library_is_in_another_process_than_ours(espeak: Espeak) -> None:
    await espeak.warm()
    assert espeak.pid not in {None, os.getpid()}
    with open("/proc/self/maps") as maps:  # noqa: ASYNC230, PTH123
        assert "espeak" not in maps.read()
    with open(f"/proc/{espeak.pid}/maps") as maps:  # noqa: ASYNC230, PTH123
        assert "libespeak-ng" in maps.read()
    assert "import coach" not in PROGRAM.read_text()
    assert "from coach" not in PROGRAM.read_text()


async def test_closed_within_a_sentence_the_next_one_is_whole(espeak: Espeak) -> None:
    whole = seconds(await all_of(espeak))
    for taken in range(1, 8):
        async with aclosing(espeak.speak(LONG, 1)) as sounds:
            for _ in range(taken):
                await anext(sounds)
        assert seconds(await all_of(espeak)) == about(whole)


async def test_many_at_a_time_get_each_their_own(espeak: Espeak) -> None:
    texts = [", ".join(["breakout"] * n) for n in range(1, 13)]
    alone = [seconds(await all_of(espeak, text)) for text in texts]
    together = await asyncio.gather(*(all_of(espeak, text) for text in texts))
    assert [seconds(sounds) for sounds in together] == about(alone)


async def test_killed_within_a_sentence_it_says_so_and_comes_back(espeak: Espeak) -> None:
    whole = seconds(await all_of(espeak))
    sounds = espeak.speak(LONG, 1)
    await anext(sounds)
    pid = espeak.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(SynthesizerError):
        async for _ in sounds:
            pass
    assert seconds(await all_of(espeak)) == about(whole)
    assert espeak.pid != pid


def test_symbols_are_spelled_and_words_are_not() -> None:
    assert (
        spelled("MSFT long, EMA cross, VWAP, I say ATR")
        == "M S F T long, E M A cross, V wap, I say A T R"
    )
    assert spelled("SPY") == "spy"


async def test_a_remote_one_is_asked_as_openai_is(server: SpeechServer) -> None:
    synthesizer = remote(server)
    sounds = await all_of(synthesizer, rate=1.5)
    await synthesizer.aclose()
    assert b"".join(sound.data for sound in sounds) == server.sound
    assert all(len(sound.data) % 2 == 0 for sound in sounds)
    [asked] = server.asked
    assert asked == {
        "model": "tts-1",
        "voice": "alloy",
        "input": TEXT,
        "response_format": "pcm",
        "speed": 1.5,
    }
    assert server.heads[0].startswith("POST /v1/audio/speech ")
    assert "authorization: bearer secret" in server.heads[0].lower()


@pytest.mark.parametrize("behaviour", ["500", "429", "mute", "stall", "cut", "empty", "crawl"])
async def test_a_remote_one_that_fails_is_followed_by_the_embedded_one(
    server: SpeechServer, espeak: Espeak, behaviour: Behaviour
) -> None:
    server.behaviour = behaviour
    broken = remote(server)
    chain = Chain([Link(broken), Link(espeak)])
    sounds = await all_of(chain)
    await broken.aclose()
    spoken = [sound for sound in sounds if sound.maker == "espeak"]
    # The whole sentence, from its beginning.
    assert seconds(spoken) == about(seconds(await all_of(espeak)))
    assert sounds[-len(spoken) :] == spoken


async def test_one_that_fails_is_left_alone_and_tried_again(
    server: SpeechServer, espeak: Espeak
) -> None:
    now = 100.0
    server.behaviour = "500"
    link = Link(remote(server), Breaker(failures=3, pause=30))
    chain = Chain([link, Link(espeak)], clock=lambda: now)
    for _ in range(10):
        assert {sound.maker for sound in await all_of(chain)} == {"espeak"}
    assert len(server.asked) == 3
    assert chain.name == "espeak"
    now += 30
    await all_of(chain)
    assert len(server.asked) == 4  # one trial, which failed
    server.behaviour = "ok"
    await all_of(chain)
    assert len(server.asked) == 4
    now += 30
    assert {sound.maker for sound in await all_of(chain)} == {"remote"}
    assert chain.name == "remote"
    await link.synthesizer.aclose()


async def test_hanging_up_ends_the_request(server: SpeechServer) -> None:
    server.behaviour = "stall"
    synthesizer = remote(server)
    async with aclosing(synthesizer.speak(TEXT, 1)) as sounds:
        await anext(sounds)
    await asyncio.wait_for(server.hung_up.wait(), 10)
    await synthesizer.aclose()


async def test_warmed_it_speaks_with_the_process_that_was_started(espeak: Espeak) -> None:
    chain = Chain([Link(espeak)])
    pids = [espeak.pid]
    await chain.warm()
    pids.append(espeak.pid)
    await all_of(chain)
    pids.append(espeak.pid)
    assert pids[0] is None
    assert pids[1]
    assert pids[2] == pids[1]


async def test_without_any_there_is_an_error_and_no_name() -> None:
    chain = Chain([])
    assert chain.name is None
    with pytest.raises(SynthesizerError):
        await all_of(chain)


def test_a_breaker_lets_one_trial_through_at_a_time() -> None:
    breaker = Breaker(failures=2, pause=10)
    breaker.failed(0)
    breaker.succeeded()
    breaker.failed(1)
    assert breaker.allows(1)  # not twice in a row
    breaker.failed(2)
    assert not breaker.allows(11.9)
    assert breaker.allows(12)
    assert not breaker.allows(12)
    breaker.abandoned()
    assert breaker.allows(12)
    breaker.failed(13)
    assert not breaker.allows(22.9)
    assert breaker.allows(23)
    breaker.succeeded()
    assert breaker.allows(23)
    assert breaker.allows(23)
