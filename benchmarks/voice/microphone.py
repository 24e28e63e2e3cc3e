"""What is said into Chromium's microphone, and when each word of it began by the microphone's own
clock: not by the detector that is measured."""

from __future__ import annotations

import asyncio
import random
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.live.voice.espeak import Espeak

WORDS = ["stop", "wait", "no", "hold on", "quiet please", "enough", "okay", "got it"]
ROUNDS = 3
PAUSE = (0.7, 1.2)  # seconds; the detector needs 0.25 of quiet to know that a word is over
ROOM_DB, VOICE_DB = -66.0, -20.0  # of full scale
EDGE_DB = -50.0  # what the synthesizer puts around a word is below this
FULL_SCALE = 32_768

# The microphone's samples come with the time at which they were taken, in the page's clock. A word
# begins with the first block that stands out from the room after a pause: 10 dB below what the
# detector takes for a voice, so that a soft beginning counts.
EAR = """
(() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const LOUD = 10 ** (-58 / 10), BLOCK = 128, PAUSE = 0.4;
  let quiet = 0;
  window.words = [];
  const listen = (data) => {
    const first = performance.timeOrigin + data.timestamp / 1000;
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    for (let at = 0; at < samples.length; at += BLOCK) {
      const block = samples.subarray(at, at + BLOCK);
      const power = block.reduce((sum, value) => sum + value * value, 0) / block.length;
      if (power >= LOUD && quiet >= PAUSE) {
        window.words.push(first + (at / data.sampleRate) * 1000);
      }
      quiet = power >= LOUD ? 0 : quiet + block.length / data.sampleRate;
    }
    data.close();
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    const track = stream.getAudioTracks()[0].clone();
    const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 }); // none is dropped
    frames.readable.pipeTo(new WritableStream({ write: listen }));
    return stream;
  };
})();
"""


def write_voice(path: Path, seed: int) -> None:
    """A wave file of words by the embedded synthesizer, between them pauses in a quiet room."""
    rate, words = asyncio.run(_spoken())
    chosen = random.Random(seed)  # noqa: S311
    noise = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    for _ in range(ROUNDS):
        for word in chosen.sample(words, len(words)):
            parts += [np.zeros(round(chosen.uniform(*PAUSE) * rate)), word]
    voice = np.concatenate(parts)
    voice += noise.normal(0, _amplitude(ROOM_DB), len(voice))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(voice, -FULL_SCALE, FULL_SCALE - 1).astype("<i2").tobytes())


async def _spoken() -> tuple[int, list[NDArray[np.float64]]]:
    """The synthesizer's rate and its words, all equally loud."""
    espeak = Espeak()
    try:
        rate, words = 0, []
        for word in WORDS:
            sounds = [sound async for sound in espeak.speak(word, 1.0)]
            rate = sounds[0].rate
            samples = np.frombuffer(b"".join(sound.data for sound in sounds), "<i2")
            words.append(_levelled(samples.astype(np.float64)))
    finally:
        await espeak.aclose()
    return rate, words


def _levelled(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The word without what is silent around it, at `VOICE_DB`."""
    loud = np.flatnonzero(np.abs(samples) >= _amplitude(EDGE_DB))
    word = samples[loud[0] : loud[-1] + 1]
    gain = _amplitude(VOICE_DB) / float(np.sqrt(np.mean(word**2)))
    return word * gain


def _amplitude(decibels: float) -> float:
    return float(FULL_SCALE * 10 ** (decibels / 20))
