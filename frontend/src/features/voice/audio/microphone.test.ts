import { expect, test } from "vitest";

import { ago } from "./microphone";

function streamWith(settings: object): MediaStream {
  return { getAudioTracks: () => [{ getSettings: () => settings }] } as unknown as MediaStream;
}

test("a voice began before its block was worked on: it waited in the microphone's buffer and the context's", () => {
  const context = { currentTime: 2.05, baseLatency: 0.01 };
  expect(ago(2, context, streamWith({ latency: 0.02 }))).toBeCloseTo(0.08, 6);
  expect(ago(2, context, streamWith({}))).toBeCloseTo(0.06, 6); // a browser that does not tell
  expect(ago(2.1, context, streamWith({ latency: 0.02 }))).toBeCloseTo(0.03, 6);
});
