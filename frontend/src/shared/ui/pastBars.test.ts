import { expect, test } from "vitest";

import type { BarsResponse } from "@/shared/api/types";

import { layOut } from "./pastBars";

const MINUTE = 60_000;
const CLOSE = Date.UTC(2013, 9, 7, 19, 59);
const OPEN = Date.UTC(2013, 9, 8, 13, 30);
const row = (ts: number): number[] => [ts, 100, 101, 99, 100, 5, 100, 100];
const COLUMNS = ["ts", "open", "high", "low", "close", "volume", "ema20", "vwap"];

const minutes = (times: number[], gaps: BarsResponse["gaps"] = []): BarsResponse => ({
  symbol: "SPY",
  timeframe: "1m",
  columns: COLUMNS,
  bars: times.map(row),
  gaps,
});
const seconds = (items: readonly { time: unknown }[]): number[] => items.map((item) => Number(item.time));
const clear = (points: readonly { color?: string }[] = []): boolean[] => points.map((point) => point.color !== undefined);

test("no line goes over the night, which a mark shows", () => {
  const past = layOut(minutes([CLOSE - MINUTE, CLOSE, OPEN, OPEN + MINUTE]), "XNYS");
  expect(clear(past.lines.ema20)).toEqual([false, true, false, false]);
  expect(clear(past.lines.vwap)).toEqual([false, true, false, false]);
  expect(past.lines.ema50).toBeUndefined();
  expect(past.breaks).toEqual([{ before: CLOSE / 1000, after: OPEN / 1000 }]);
  expect(past.candles).toHaveLength(4);
});

test("minutes that the feed lost keep their places, hatched and without a line", () => {
  const seq = OPEN / MINUTE;
  const past = layOut(minutes([OPEN, OPEN + 4 * MINUTE], [{ fromSeq: seq + 1, toSeq: seq + 3, reason: "feed_gap" }]), "XNYS");
  expect(seconds(past.candles)).toEqual([0, 1, 2, 3, 4].map((index) => (OPEN + index * MINUTE) / 1000));
  expect(past.candles.filter((item) => "open" in item)).toHaveLength(2);
  expect(past.gaps).toEqual([{ from: (OPEN + MINUTE) / 1000, to: (OPEN + 3 * MINUTE) / 1000, text: "feed gap, 3 bars" }]);
  expect(clear(past.lines.ema20)).toEqual([true, false]);
});

test("days follow each other without a break", () => {
  const day = 1_440 * MINUTE;
  const monday = Date.UTC(2013, 9, 7);
  const past = layOut({ ...minutes([monday - 3 * day, monday, monday + day]), timeframe: "1d" }, "XNYS");
  expect(past.candles).toHaveLength(3);
  expect(past.breaks).toEqual([]);
  expect(clear(past.lines.ema20)).toEqual([false, false, false]);
});
