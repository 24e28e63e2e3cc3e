"""Hostile frames: each is refused, and the refusal names the field."""

from __future__ import annotations

import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.live.voice.commands import CommandError, Label, Mute, Why, parse_command
from coach.live.voice.protocol import FrameError, Interrupt, Quiet, parse

NOW = 1.7e12
GOOD = {"type": "interrupt", "utteranceId": 3, "onsetTs": NOW, "silentTs": NOW + 80}


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ([], None),
        ("text", None),
        ({}, "type"),
        ({"type": "shout"}, "type"),
        ({"type": ["interrupt"]}, "type"),
        (GOOD | {"utteranceId": 0}, "utteranceId"),
        (GOOD | {"utteranceId": 2**32}, "utteranceId"),
        (GOOD | {"utteranceId": 1.5}, "utteranceId"),
        (GOOD | {"utteranceId": True}, "utteranceId"),
        (GOOD | {"utteranceId": "1"}, "utteranceId"),
        (GOOD | {"onsetTs": None}, "onsetTs"),
        (GOOD | {"onsetTs": -1}, "onsetTs"),
        (GOOD | {"onsetTs": 1e300}, "onsetTs"),
        (GOOD | {"silentTs": NOW - 1}, "silentTs"),
        (GOOD | {"silentTs": NOW + 10_001}, "silentTs"),
        (GOOD | {"silentTs": "soon"}, "silentTs"),
        (GOOD | {"extra": 1}, "extra"),
        ({"type": "mute", "minutes": 5}, "symbol"),
        ({"type": "mute", "symbol": "spy", "minutes": 5}, "symbol"),
        ({"type": "mute", "symbol": "A" * 21, "minutes": 5}, "symbol"),
        ({"type": "mute", "symbol": "SPY", "minutes": -1}, "minutes"),
        ({"type": "mute", "symbol": "SPY", "minutes": 1_441}, "minutes"),
        ({"type": "label", "label": "good"}, "signalId"),
        ({"type": "label", "signalId": "x" * 41, "label": "good"}, "signalId"),
        ({"type": "label", "signalId": "S\x00", "label": "good"}, "signalId"),
        ({"type": "label", "signalId": "S", "label": "great"}, "label"),
        ({"type": "quiet", "quiet": 1}, "quiet"),
        ({"type": "command", "text": "  "}, "text"),
        ({"type": "command", "text": "x" * 201}, "text"),
        ({"type": "command", "text": "good", "signalId": 7}, "signalId"),
    ],
)
def test_a_wrong_frame_is_refused_with_its_field(frame: object, field: str | None) -> None:
    with pytest.raises(FrameError) as refused:
        parse(orjson.dumps(frame).decode())
    assert refused.value.field == field


@pytest.mark.parametrize("raw", ["", "{", "NaN", "[" * 3_000, "\x00", '{"type":"\ud800"}'])
def test_what_is_no_json_is_refused_whole(raw: str) -> None:
    with pytest.raises(FrameError) as refused:
        parse(raw)
    assert refused.value.field is None


def test_a_frame_has_a_size() -> None:
    with pytest.raises(FrameError, match="4096 bytes"):
        parse(orjson.dumps({"type": "command", "text": "é" * 2_100}).decode())


def test_frames_that_are_right() -> None:
    assert parse(orjson.dumps(GOOD).decode()) == Interrupt(3, NOW, NOW + 80)
    early = parse(orjson.dumps(GOOD | {"silentTs": None}).decode())
    assert early == Interrupt(3, NOW, None)
    assert early.milliseconds is None
    assert parse('{"type":"quiet","quiet":true}') == Quiet(True)  # noqa: FBT003


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NAMES = st.sampled_from(
    ["type", "utteranceId", "onsetTs", "silentTs", "symbol", "minutes", "signalId", "label", "text"]
)


@given(st.dictionaries(NAMES, SCALARS | st.lists(SCALARS), max_size=6), st.integers(0, 6))
def test_whatever_comes_it_is_a_frame_or_refused(data: dict[str, Any], which: int) -> None:
    kinds = ["interrupt", "mute", "label", "explain", "quiet", "command", "sample"]
    raw = orjson.dumps(data | {"type": kinds[which]}) if _utf8(data) else b"{}"
    with contextlib.suppress(FrameError):
        parse(raw.decode())


def _utf8(data: object) -> bool:
    try:
        orjson.dumps(data)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("good", Label("good", None)),
        ("Bad.", Label("bad", None)),
        ("  LATE ", Label("late", None)),
        ("Why?", Why()),
        ("coach why", Why()),
        ("mute SPY 10 minutes", Mute("SPY", 10)),
        ("Mute s p y for an hour", Mute("SPY", 60)),
        ("mute SPY ten minutes", Mute("SPY", 10)),
        ("mute BRK.B", Mute("BRK.B", 30)),
        ("mute X:BTCUSD 5m", Mute("X:BTCUSD", 5)),
        ("unmute spy", Mute("SPY", 0)),
    ],
)
def test_commands(text: str, command: object) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    "text", ["hello", "mute", "mute SPY 0 minutes", "mute SPY 25 hours", "unmute SPY 5 minutes"]
)
def test_what_is_no_command_says_what_would_be(text: str) -> None:
    with pytest.raises(CommandError) as refused:
        parse_command(text)
    assert "mute" in str(refused.value).lower()


@given(st.text(max_size=200))
def test_no_text_breaks_the_commands(text: str) -> None:
    with contextlib.suppress(CommandError):
        parse_command(text)
