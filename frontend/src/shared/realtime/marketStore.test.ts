import { expect, it } from "vitest";

import type { Bar, MarketFrame } from "./events";
import { MarketStore } from "./marketStore";

const MINUTE = 60_000;

function never(error: Error): void {
  throw error;
}

const bar = (seq: number, ts: number): Bar => ({
  seq,
  ts,
  open: 100,
  high: 101,
  low: 99,
  close: 100,
  volume: 10,
  ema20: null,
  ema50: null,
  vwap: null,
});
const second = (ts: number): MarketFrame => ({
  kind: "microbar",
  symbol: "SPY",
  timeframe: "1s",
  prevSeq: null,
  bar: bar(ts / 1000, ts),
  ingestTs: null,
  srvTs: null,
});

it("forgets the forming candle when the bars that are read hold it closed", () => {
  const store = new MarketStore(never);
  store.apply(second(7 * MINUTE), 0);
  expect(store.get("SPY").forming?.seq).toBe(7);
  store.load("SPY", [bar(6, 6 * MINUTE)], []);
  expect(store.get("SPY").forming?.seq).toBe(7);
  store.load("SPY", [bar(7, 7 * MINUTE), bar(8, 8 * MINUTE)], []);
  expect(store.get("SPY").forming).toBeNull();
});

it("tells every listener, though one of them throws", () => {
  const problems: string[] = [];
  const store = new MarketStore((error) => problems.push(error.message));
  const seen: string[] = [];
  store.subscribe("SPY", () => {
    throw new Error("cannot be drawn");
  });
  store.subscribe("SPY", (change) => seen.push(change.kind));
  store.apply(second(7 * MINUTE), 0);
  expect(seen).toEqual(["forming"]);
  expect(problems).toEqual(["cannot be drawn"]);
});
