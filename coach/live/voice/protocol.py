"""The frames of `/ws/coach` (pure): what a client may send, checked, and what it gets."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from coach.live.voice.commands import MOST_MINUTES, Label, Mute, is_label
from coach.live.voice.synthesizer import Sound

MOST_BYTES = 4_096
MOST_TEXT = 200
MOST_ID = 40
SLOWEST_SILENCE_MS = 10_000.0
MOST_EPOCH_MS = 4_102_444_800_000.0  # the year 2100
MOST_UTTERANCES = 2**32 - 1
HEAD: Final = struct.Struct("<II")  # utterance, samples a second; then s16le samples


class FrameError(ValueError):
    """A frame that is refused. `field` names what is wrong in it; None: the frame as a whole."""

    def __init__(self, field: str | None, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The trader cut in. Times are the client's, epoch ms; without `silent_ts` it is not silent
    yet, and the same frame comes again when it is."""

    utterance_id: int
    onset_ts: float
    silent_ts: float | None

    @property
    def milliseconds(self) -> float | None:
        """From the onset to the last audible sample."""
        return None if self.silent_ts is None else self.silent_ts - self.onset_ts


@dataclass(frozen=True, slots=True)
class Explain:
    """Say why this signal fired; None: the one spoken last."""

    signal_id: str | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """This tab wants captions alone, or sound again."""

    quiet: bool


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed or said, and the signal it is about; None: the one spoken last."""

    text: str
    signal_id: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Say something, so that one hears how it sounds."""


Frame = Interrupt | Mute | Label | Explain | Quiet | Command | Sample


def parse(raw: str) -> Frame:
    """The frame that a client sent.

    Raises:
        FrameError: anything else; names the field.
    """
    if len(raw.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise FrameError(None, f"At most {MOST_BYTES} bytes a frame.")
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise FrameError(None, f"Not JSON: {error}"[:200]) from error
    if not isinstance(data, dict):
        raise FrameError(None, "A frame is a JSON object.")
    kind = data.pop("type", None)
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise FrameError("type", f"One of {', '.join(READERS)}.")
    frame = reader(data)
    if data:
        raise FrameError(min(data)[:MOST_ID], "Unknown field.")
    return frame


def _interrupt(data: dict[str, Any]) -> Interrupt:
    utterance = _whole(data, "utteranceId", 1, MOST_UTTERANCES)
    onset = _number(data, "onsetTs", 0, MOST_EPOCH_MS)
    if data.get("silentTs") is None:
        data.pop("silentTs", None)
        return Interrupt(utterance, onset, None)
    silent = _number(data, "silentTs", onset, onset + SLOWEST_SILENCE_MS)
    return Interrupt(utterance, onset, silent)


def _mute(data: dict[str, Any]) -> Mute:
    symbol = _text(data, "symbol", 20)
    minutes = _whole(data, "minutes", 0, MOST_MINUTES)
    try:
        return Mute(symbol, minutes)
    except ValueError as error:
        raise FrameError("symbol", str(error)) from error


def _label(data: dict[str, Any]) -> Label:
    signal_id, label = _text(data, "signalId", MOST_ID), _text(data, "label", MOST_ID)
    if not is_label(label):
        raise FrameError("label", "One of good, bad, late, missed.")
    return Label(label, signal_id)


def _explain(data: dict[str, Any]) -> Explain:
    return Explain(_optional_id(data))


def _quiet(data: dict[str, Any]) -> Quiet:
    value = data.pop("quiet", None)
    if not isinstance(value, bool):
        raise FrameError("quiet", "true or false.")
    return Quiet(value)


def _command(data: dict[str, Any]) -> Command:
    return Command(_text(data, "text", MOST_TEXT), _optional_id(data))


def _sample(_data: dict[str, Any]) -> Sample:
    return Sample()


READERS: Mapping[str, Callable[[dict[str, Any]], Frame]] = {
    "interrupt": _interrupt,
    "mute": _mute,
    "label": _label,
    "explain": _explain,
    "quiet": _quiet,
    "command": _command,
    "sample": _sample,
}


def _optional_id(data: dict[str, Any]) -> str | None:
    if data.get("signalId") is None:
        data.pop("signalId", None)
        return None
    return _text(data, "signalId", MOST_ID)


def _text(data: dict[str, Any], field: str, most: int) -> str:
    value = data.pop(field, None)
    if not isinstance(value, str) or not value.strip():
        raise FrameError(field, "Text is required.")
    if len(value) > most:
        raise FrameError(field, f"At most {most} characters.")
    if not value.isprintable():
        raise FrameError(field, "Holds characters that cannot be shown.")
    return value.strip()


def _number(data: dict[str, Any], field: str, low: float, high: float) -> float:
    value = data.pop(field, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FrameError(field, "A number is required.")
    if not low <= value <= high:
        raise FrameError(field, f"From {low:.0f} to {high:.0f}.")
    return float(value)


def _whole(data: dict[str, Any], field: str, low: int, high: int) -> int:
    value = data.pop(field, None)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FrameError(field, "A whole number is required.")
    if not low <= value <= high:
        raise FrameError(field, f"From {low} to {high}.")
    return value


# --- To the client --------------------------------------------------------------------------------


def event(name: str, /, **data: Any) -> str:  # noqa: ANN401  whatever JSON knows
    """A frame of text."""
    return orjson.dumps({"type": name, **data}).decode()


def refusal(error: FrameError) -> str:
    """The error in the API's shape."""
    kind = "validation_error" if error.field else "client_error"
    one = {"code": error.code, "detail": str(error), "attr": error.field}
    return event("error", error=kind, errors=[one])


def chunk(utterance_id: int, sound: Sound) -> bytes:
    """A binary frame: whose sound it is, its rate, its samples."""
    return HEAD.pack(utterance_id, sound.rate) + sound.data
