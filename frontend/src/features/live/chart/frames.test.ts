import { describe, expect, it } from "vitest";

import type { Bar } from "@/shared/realtime/events";

import { formingFrom, frameStart } from "./frames";

const OPEN = Date.parse("2025-09-15T13:30:00Z"); // 09:30 ET
const MINUTE = 60_000;
const HOUR = 3_600_000;

function minute(index: number, close: number): Bar {
  const ts = OPEN + index * MINUTE;
  return { seq: ts / MINUTE, ts, open: close - 1, high: close + 2, low: close - 2, close, volume: 10, ema20: null, ema50: null, vwap: null };
}

describe("the forming bar of a longer timeframe", () => {
  it("begins at the session's open, not on the clock's hour", () => {
    expect(frameStart(OPEN + 70 * MINUTE, { ts: OPEN }, HOUR, "XNYS")).toBe(OPEN + HOUR);
    const nextDay = OPEN + 24 * HOUR;
    expect(frameStart(nextDay, { ts: OPEN + 6 * HOUR }, HOUR, "XNYS")).toBe(nextDay);
  });

  it("is put together from the minutes behind the last closed one", () => {
    const closed: Bar = { ...minute(0, 100), seq: Math.floor(OPEN / (5 * MINUTE)) };
    const found = formingFrom([4, 5, 6, 7].map((index) => minute(index, 100 + index)), closed, 5 * MINUTE, "XNYS");
    expect(found?.forming).toMatchObject({ ts: OPEN + 5 * MINUTE, open: 104, high: 109, low: 103, close: 107, volume: 30 });
    expect(found?.closed).toBe(false);
  });

  it("is closed with its last minute", () => {
    const closed: Bar = minute(0, 100);
    const found = formingFrom([5, 6, 7, 8, 9].map((index) => minute(index, 100)), closed, 5 * MINUTE, "XNYS");
    expect(found?.closed).toBe(true);
  });

  it("is nothing before its first minute", () => {
    expect(formingFrom([minute(4, 100)], minute(0, 100), 5 * MINUTE, "XNYS")).toBeNull();
  });
});
