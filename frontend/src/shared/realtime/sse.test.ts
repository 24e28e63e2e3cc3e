import { describe, expect, it } from "vitest";

import { backoffMs } from "./backoff";
import { SseParser, type SseEvent } from "./sse";

function parse(pieces: string[]): { events: SseEvent[]; retry: number[] } {
  const events: SseEvent[] = [];
  const retry: number[] = [];
  const parser = new SseParser({ event: (event) => events.push(event), retry: (ms) => retry.push(ms) });
  for (const piece of pieces) parser.push(piece);
  return { events, retry };
}

const STREAM = 'retry: 2000\n\n: hb\n\nid: e-1\nevent: bar\ndata: {"a":1}\n\nid: e-2\r\nevent: alert\r\ndata: x\r\ndata: y\r\n\r\n';
const EXPECTED = [
  { name: "bar", data: '{"a":1}', id: "e-1" },
  { name: "alert", data: "x\ny", id: "e-2" },
];

describe("event stream", () => {
  it("gives the same events however the bytes are cut", () => {
    expect(parse([STREAM])).toEqual({ events: EXPECTED, retry: [2000] });
    for (let size = 1; size < 9; size += 1) {
      const pieces = STREAM.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
      expect(parse(pieces).events).toEqual(EXPECTED);
    }
  });

  it("keeps the id for events that bring none, and dispatches nothing without data", () => {
    expect(parse(["id: 7\n\nevent: bar\ndata: 1\n\n"]).events).toEqual([{ name: "bar", data: "1", id: "7" }]);
  });

  it("does not deliver an unfinished event", () => {
    expect(parse(["event: bar\ndata: 1\n"]).events).toEqual([]);
  });
});

describe("back-off", () => {
  it("doubles its bound up to 15 s, with jitter, never below the server's wish", () => {
    expect(backoffMs(1, () => 1)).toBe(600);
    expect(backoffMs(3, () => 1)).toBe(2100);
    expect(backoffMs(50, () => 1)).toBe(15_100);
    expect(backoffMs(50, () => 0)).toBe(100);
    expect(backoffMs(1, () => 0, 7000)).toBe(7000);
  });
});
