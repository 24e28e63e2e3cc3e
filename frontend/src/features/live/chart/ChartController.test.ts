import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Bar, MarketFrame } from "@/shared/realtime/events";
import { MarketStore } from "@/shared/realtime/marketStore";
import { tokensFor } from "@/shared/ui/tokens";

import { ChartController } from "./ChartController";

const MINUTE = 60_000;
const FIRST = 29_299_050; // a Monday's ten o'clock in New York
const SYMBOL = "AAPL";

function bar(seq: number, close: number): Bar {
  return { seq, ts: seq * MINUTE, open: close, high: close, low: close, close, volume: 10, ema20: close, ema50: close, vwap: close };
}

function minute(seq: number, close: number): MarketFrame {
  return { kind: "bar", symbol: SYMBOL, timeframe: "1m", prevSeq: seq - 1, ingestTs: null, srvTs: null, bar: bar(seq, close) };
}

function second(at: number, close: number): MarketFrame {
  const seq = at / 1_000;
  return { kind: "microbar", symbol: SYMBOL, timeframe: "1s", prevSeq: null, ingestTs: null, srvTs: null, bar: { ...bar(seq, close), ts: at } };
}

describe("a chart that follows the market", () => {
  let market: MarketStore;
  let chart: ChartController;
  beforeEach(() => {
    market = new MarketStore((error) => {
      throw error;
    });
    const container = document.createElement("div");
    container.getBoundingClientRect = () => new DOMRect(0, 0, 832, 600); // nothing is laid out here
    chart = new ChartController(
      container,
      { tokens: tokensFor("dark"), calendar: "XNYS", tickSize: 0.01, timeframe: "1m", indicators: ["ema20"], volume: true },
      { pick: () => undefined, hover: () => undefined, inspect: () => undefined, drawn: () => undefined },
    );
    market.load(SYMBOL, [bar(FIRST, 100), bar(FIRST + 1, 101)], []);
    chart.load(market.get(SYMBOL));
    market.subscribe(SYMBOL, (change) => chart.apply(change, market.get(SYMBOL)));
  });
  afterEach(() => chart.destroy());

  it("takes a minute that is closed after the next one began to form", () => {
    market.apply(second((FIRST + 2) * MINUTE, 102), 0);
    market.apply(second((FIRST + 3) * MINUTE, 103), 0);
    market.apply(minute(FIRST + 2, 102.5), 0);
    market.apply(second((FIRST + 3) * MINUTE + 1_000, 103.5), 0);
    expect(chart.closes()).toEqual([100, 101, 102.5, 103.5]);
  });

  it("keeps the newest candle as far from the edge as it was", () => {
    const room = chart.room();
    market.apply(second((FIRST + 2) * MINUTE, 102), 0);
    market.apply(minute(FIRST + 2, 102.5), 0);
    market.apply(second((FIRST + 3) * MINUTE, 103), 0);
    expect(chart.closes()).toHaveLength(4); // drawn
    expect(chart.room()).toBe(room);
  });

  it("takes one that never formed, too", () => {
    market.apply(second((FIRST + 3) * MINUTE, 103), 0);
    market.apply(minute(FIRST + 2, 102.5), 0);
    expect(chart.closes()).toEqual([100, 101, 102.5, 103]);
  });
});
