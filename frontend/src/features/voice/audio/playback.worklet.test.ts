import { beforeEach, expect, test, vi } from "vitest";

import type { PlaybackNews, PlaybackOrder } from "./playback.worklet";

const RATE = 48_000;
const BLOCK = 128;

interface Processor {
  port: { onmessage: (event: { data: PlaybackOrder }) => void };
  process: (inputs: Float32Array[][], outputs: Float32Array[][]) => boolean;
}

let processor: Processor;
let news: PlaybackNews[];
let blocks: number;

beforeEach(async () => {
  news = [];
  blocks = 0;
  class Base {
    readonly port = { onmessage: null, postMessage: (item: PlaybackNews) => news.push(item) };
  }
  vi.stubGlobal("AudioWorkletProcessor", Base);
  vi.stubGlobal("sampleRate", RATE);
  vi.stubGlobal("registerProcessor", (_name: string, make: new () => Processor) => {
    processor = new make();
  });
  vi.resetModules();
  await import("./playback.worklet");
  return () => vi.unstubAllGlobals();
});

function order(...orders: PlaybackOrder[]): void {
  for (const data of orders) processor.port.onmessage({ data });
}

function sound(utterance: number, seconds: number): PlaybackOrder {
  const samples = Int16Array.from({ length: Math.round(seconds * 24_000) }, (_, n) => 16_000 * Math.sin(n + 0.5));
  return { type: "sound", utterance, rate: 24_000, samples };
}

function run(count: number): void {
  for (let n = 0; n < count; n += 1) {
    vi.stubGlobal("currentTime", (blocks * BLOCK) / RATE);
    processor.process([], [[new Float32Array(BLOCK)]]);
    blocks += 1;
  }
}

test("what takes the place of a sentence is told to sound, however soon it comes", () => {
  order(sound(1, 1));
  run(30);
  order({ type: "stop", id: 1 }, sound(2, 0.1), { type: "end", utterance: 2 });
  run(100);
  expect(news.map((item) => (item.type === "silent" ? item.type : [item.type, item.utterance]))).toEqual([
    ["playing", 1],
    "silent",
    ["playing", 2],
    ["finished", 2],
  ]);
  const silent = news.find((item) => item.type === "silent");
  expect(silent?.at).toBeCloseTo((30 * BLOCK) / RATE + 0.005, 3);
});

test("with nothing to stop it tells when sound was last, and goes on", () => {
  order({ type: "stop", id: 1 }, sound(1, 0.1));
  run(10);
  expect(news).toEqual([
    { type: "silent", id: 1, at: 0 },
    { type: "playing", utterance: 1 },
  ]);
});

test("two stops are answered once, with the last sample that sounded", () => {
  order(sound(1, 1));
  run(30);
  order({ type: "stop", id: 1 });
  run(1);
  order({ type: "stop", id: 2 });
  run(20);
  const silent = news.filter((item) => item.type === "silent");
  expect(silent).toHaveLength(1);
  expect(silent[0]).toMatchObject({ id: 2 });
  expect(silent[0]?.at).toBeCloseTo((30 * BLOCK) / RATE + 0.005, 3);
});
