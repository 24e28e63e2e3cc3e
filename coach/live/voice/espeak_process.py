"""eSpeak NG as a process of its own: sentences in on stdin, sound out on stdout.

`python espeak_process.py`. This file alone touches the library, which is GPL-3.0-or-later; it
imports nothing of Coach, and Coach imports nothing of it. In: one JSON object a line,
`{"id": 7, "text": "…", "rate": 1.0}` or `{"cancel": 7}`. Out: `HEAD` (id, kind, length) and as many
bytes. The end of stdin ends the process.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import struct
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int, c_short, c_uint, c_void_p
from typing import Any

import espeakng_loader

HEAD = struct.Struct("<IBI")
RATE, AUDIO, END, FAILED = range(4)  # what the bytes after a head are

# From speak_lib.h of eSpeak NG 1.52.
AUDIO_OUTPUT_SYNCHRONOUS = 2
CHARS_UTF8 = 1
PARAMETER_RATE, PARAMETER_VOLUME = 1, 2
NORMAL_WORDS_A_MINUTE = 175
LOUDNESS = 100
BUFFER_MS = 40
VOICE = b"en-us"
Callback = ctypes.CFUNCTYPE(c_int, POINTER(c_short), c_int, c_void_p)


class Engine:
    """The library, and the sentence that it speaks."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        path = os.fsencode(espeakng_loader.get_data_path())
        rate = self._library.espeak_Initialize(
            AUDIO_OUTPUT_SYNCHRONOUS, BUFFER_MS, c_char_p(path), 0
        )
        if rate <= 0 or self._library.espeak_SetVoiceByName(VOICE) != 0:
            raise RuntimeError(f"eSpeak NG cannot start with its data in {os.fsdecode(path)}")
        self.sample_rate = int(rate)
        self._library.espeak_SetParameter(PARAMETER_VOLUME, LOUDNESS, 0)
        self._callback = Callback(self._take)  # must live as long as the library may call it
        self._library.espeak_SetSynthCallback(self._callback)
        self.cancelled: set[int] = set()
        self._current = 0

    def speak(self, number: int, text: str, rate: float) -> None:
        """Write the sound of `text` (rate 1: normal speed), then its end."""
        self._current = number
        words = round(NORMAL_WORDS_A_MINUTE * rate)
        self._library.espeak_SetParameter(PARAMETER_RATE, words, 0)
        data = text.encode() + b"\0"
        failed = self._library.espeak_Synth(
            data, len(data), 0, 0, 0, CHARS_UTF8, byref(c_uint()), None
        )
        write(number, FAILED if failed else END, b"")
        self.cancelled.discard(number)

    def _take(self, samples: Any, count: int, _events: Any) -> int:  # noqa: ANN401 - ctypes
        """Called by the library with each piece of sound; 1 stops it."""
        if self._current in self.cancelled:
            return 1
        if samples and count:
            write(self._current, AUDIO, ctypes.string_at(samples, count * 2))
        return 0


def write(number: int, kind: int, data: bytes) -> None:
    """One piece of output."""
    sys.stdout.buffer.write(HEAD.pack(number, kind, len(data)) + data)
    sys.stdout.buffer.flush()


def listen(engine: Engine, waiting: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Read what is asked until nobody asks any more; a cancellation overtakes what waits."""
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if "cancel" in asked:
            engine.cancelled.add(asked["cancel"])
        else:
            waiting.put(asked)
    os._exit(0)


def main() -> None:
    """Speak sentence after sentence."""
    engine = Engine()
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    write(0, RATE, struct.pack("<I", engine.sample_rate))
    threading.Thread(target=listen, args=(engine, waiting), daemon=True).start()
    while True:
        asked = waiting.get()
        engine.speak(asked["id"], asked["text"], asked["rate"])


if __name__ == "__main__":
    main()
