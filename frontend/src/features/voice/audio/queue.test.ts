import { expect, test } from "vitest";

import { SpeechQueue, type Segment } from "./queue";

const RATE = 48_000;
const BLOCK = 128;

function tone(utterance: number, seconds: number, rate = 24_000, hertz = 440): Segment {
  const samples = Int16Array.from({ length: Math.round(seconds * rate) }, (_, n) => 16_000 * Math.sin((2 * Math.PI * hertz * (n + 0.5)) / rate));
  return { utterance, rate, samples };
}

function play(queue: SpeechQueue, blocks: number): { sound: Float32Array; finished: number[] } {
  const sound = new Float32Array(blocks * BLOCK);
  const finished: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const part = sound.subarray(block * BLOCK, (block + 1) * BLOCK);
    finished.push(...queue.render(part).finished);
  }
  return { sound, finished };
}

const loudest = (sound: Float32Array): number => sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

test.each([22_050, 24_000, 48_000])("sound at %i Hz keeps its length and its pitch", (rate) => {
  const queue = new SpeechQueue(RATE);
  queue.add(tone(1, 0.1, rate));
  queue.add(tone(1, 0.1, rate));
  queue.end(1);
  const { sound, finished } = play(queue, 100);
  expect(finished).toEqual([1]);
  const last = sound.findLastIndex((value) => value !== 0);
  expect(last / RATE).toBeCloseTo(0.2, 2);
  let crossings = 0;
  for (let n = 1; n <= last; n += 1) if ((sound[n - 1] ?? 0) < 0 !== (sound[n] ?? 0) < 0) crossings += 1;
  expect(Math.abs(crossings - 176)).toBeLessThanOrEqual(3); // 440 Hz cross zero 176 times in 0.2 s
  expect(loudest(sound)).toBeCloseTo(16_000 / 32_768, 1);
});

test("between two pieces of one sentence there is no jump", () => {
  const queue = new SpeechQueue(RATE);
  const whole = tone(1, 0.2, 22_050);
  queue.add({ ...whole, samples: whole.samples.slice(0, 1_801) });
  queue.add({ ...whole, samples: whole.samples.slice(1_801) });
  const { sound } = play(queue, 70);
  let steepest = 0;
  for (let n = 1; n < sound.length; n += 1) steepest = Math.max(steepest, Math.abs((sound[n] ?? 0) - (sound[n - 1] ?? 0)));
  expect(steepest).toBeLessThan(0.5 * ((2 * Math.PI * 440) / RATE) * 1.2);
});

test("stopped, it fades within five milliseconds and forgets what waits", () => {
  const queue = new SpeechQueue(RATE);
  queue.add(tone(1, 1));
  queue.add(tone(2, 1));
  expect(loudest(play(queue, 10).sound)).toBeGreaterThan(0.4);
  queue.stop();
  queue.add(tone(2, 1)); // on its way when it was stopped
  const { sound, finished } = play(queue, 20);
  expect(queue.idle).toBe(true);
  expect(finished).toEqual([]);
  const last = sound.findLastIndex((value) => value !== 0);
  expect(last / RATE).toBeLessThanOrEqual(0.006);
  expect(Math.abs(sound[last] ?? 1)).toBeLessThan(0.02); // no click
  queue.add(tone(3, 0.1));
  expect(loudest(play(queue, 10).sound)).toBeGreaterThan(0.4);
});

test("the end of a sentence that has been heard is told all the same", () => {
  const queue = new SpeechQueue(RATE);
  queue.add(tone(1, 0.01));
  expect(play(queue, 20).finished).toEqual([]);
  queue.end(1);
  expect(play(queue, 1).finished).toEqual([1]);
  expect(play(queue, 1).finished).toEqual([]);
});

test.each([1, 2, 3, 4])("stopped %i ms before the end of a piece, it fades into the next and speaks again", (left) => {
  const queue = new SpeechQueue(RATE);
  const whole = tone(1, 0.2, 24_000);
  const cut = Math.round((0.08 + left / 1000) * whole.rate);
  queue.add({ ...whole, samples: whole.samples.slice(0, cut) });
  queue.add({ ...whole, samples: whole.samples.slice(cut) });
  play(queue, 30); // 80 ms
  queue.stop();
  const { sound } = play(queue, 20);
  const last = sound.findLastIndex((value) => value !== 0);
  expect(last / RATE).toBeGreaterThan(0.0045);
  expect(Math.abs(sound[last] ?? 1)).toBeLessThan(0.02); // no click
  queue.add(tone(2, 0.1));
  expect(loudest(play(queue, 10).sound)).toBeGreaterThan(0.4);
});

test("stopped just before the end of the last piece, it speaks again", () => {
  const queue = new SpeechQueue(RATE);
  queue.add(tone(1, 0.082));
  play(queue, 30); // 80 ms
  queue.stop();
  play(queue, 20);
  queue.add(tone(2, 0.1));
  expect(loudest(play(queue, 10).sound)).toBeGreaterThan(0.4);
});

test("a sentence in place of another loses nothing of its beginning", () => {
  const queue = new SpeechQueue(RATE);
  queue.add(tone(1, 1));
  play(queue, 10);
  queue.stop();
  queue.add(tone(2, 0.1));
  queue.end(2);
  const { sound, finished } = play(queue, 100);
  expect(finished).toEqual([2]);
  expect(sound.findLastIndex((value) => value !== 0) / RATE).toBeCloseTo(0.105, 3);
});
