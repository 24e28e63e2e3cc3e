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

it("knows where a minute opened if it saw it open, or followed the one before without a break", () => {
  const store = new MarketStore(never);
  const opened = (): number | undefined => store.get("SPY").opened?.ts;
  store.apply(second(7 * MINUTE + 20_000), 0); // came in the middle of it
  expect(opened()).toBeUndefined();
  store.apply(second(8 * MINUTE + 1_000), 0); // nobody traded in its first second
  expect(store.get("SPY").opened).toEqual({ ts: 8 * MINUTE, price: 100 });
  store.unfollow();
  store.apply(second(8 * MINUTE + 40_000), 0);
  expect(opened()).toBe(8 * MINUTE);
  store.unfollow();
  store.apply(second(9 * MINUTE + 5_000), 0);
  expect(opened()).toBeUndefined();
  store.unfollow();
  store.apply(second(10 * MINUTE), 0);
  expect(opened()).toBe(10 * MINUTE);
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

it("keeps the newest bars alone, and tells the chart when the oldest go", () => {
  const store = new MarketStore(never, "1m", 10);
  const seen: string[] = [];
  store.subscribe("SPY", (change) => seen.push(change.kind));
  const minute = (seq: number): MarketFrame => ({ ...second(0), kind: "bar", timeframe: "1m", prevSeq: seq - 1, bar: bar(seq, seq * MINUTE) });
  store.load("SPY", Array.from({ length: 10 }, (_, seq) => bar(seq, seq * MINUTE)), [
    { fromSeq: -9, toSeq: -1, reason: "feed_gap" },
  ]);
  store.apply(minute(10), 0);
  expect(store.get("SPY").bars).toHaveLength(11);
  store.apply(minute(11), 0);
  expect(store.get("SPY").bars.map((each) => each.seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(store.get("SPY").gaps).toEqual([]);
  expect(seen).toEqual(["reset", "bar", "reset"]);
  for (let seq = 12; seq < 1_000; seq += 1) store.apply(minute(seq), 0);
  expect(store.get("SPY").bars.length).toBeLessThanOrEqual(11);
});

it("keeps the newest of what it reads", () => {
  const store = new MarketStore(never, "1m", 10);
  expect(store.load("SPY", Array.from({ length: 40 }, (_, seq) => bar(seq, seq * MINUTE)), [])).toBe(40);
  expect(store.get("SPY").bars[0]?.seq).toBe(30);
});
