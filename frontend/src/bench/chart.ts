/**
 * What the charts of a busy day cost to paint, for `python -m benchmarks.chart`; no part of the
 * client. One chart a symbol, side by side, fed through the store that feeds the live page's chart.
 */
import { ChartController } from "@/features/live/chart/ChartController";
import type { Bar, MarketFrame } from "@/shared/realtime/events";
import { MarketStore } from "@/shared/realtime/marketStore";
import { tokensFor } from "@/shared/ui/tokens";

const MINUTE = 60_000;
const SECOND = 1_000;
const FIRST = 29_299_050; // a Monday's ten o'clock in New York

export interface Load {
  symbols: number;
  bars: number;
  /** Microbars a second of each symbol. */
  perSecond: number;
  seconds: number;
}

/** A seeded walk: every run paints the same candles. */
function walk(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296 - 0.5;
  };
}

function history(count: number, next: () => number): Bar[] {
  let close = 100;
  let slow = close;
  return Array.from({ length: count }, (_, index) => {
    const open = close;
    close = Math.max(10, close + next() * 0.4);
    slow += (close - slow) * 0.05;
    const seq = FIRST + index;
    const [high, low] = [Math.max(open, close) + 0.05, Math.min(open, close) - 0.05];
    return { seq, ts: seq * MINUTE, open, high, low, close, volume: 1_000, ema20: slow, ema50: slow, vwap: slow };
  });
}

function trade(symbol: string, at: number, price: number): MarketFrame {
  const bar: Bar = {
    ...{ seq: at, ts: at * SECOND, open: price, high: price, low: price, close: price, volume: 10 },
    ...{ ema20: null, ema50: null, vwap: null },
  };
  return { kind: "microbar", symbol, timeframe: "1s", prevSeq: null, ingestTs: null, srvTs: null, bar };
}

function raise(error: Error): never {
  throw error;
}

/** Charts in a grid, each following its symbol in the store. */
function build(store: MarketStore, symbols: readonly string[], bars: number): void {
  document.body.style.cssText = "margin:0;display:grid;grid-template-columns:repeat(3,480px);grid-auto-rows:450px";
  symbols.forEach((symbol, index) => {
    const box = document.body.appendChild(document.createElement("div"));
    box.style.cssText = "min-width:0;min-height:0;overflow:hidden"; // a chart must not widen its own cell
    const chart = new ChartController(
      box,
      { tokens: tokensFor("dark"), calendar: "24/7", tickSize: 0.01, timeframe: "1m", indicators: ["ema20", "ema50", "vwap"], volume: true },
      { pick: () => undefined, hover: () => undefined, inspect: () => undefined, drawn: () => undefined },
    );
    store.load(symbol, history(bars, walk(index + 1)), []);
    chart.load(store.get(symbol));
    store.subscribe(symbol, (change) => chart.apply(change, store.get(symbol)));
  });
}

/** Gives every symbol its trades, as many as are due by the clock. */
function move(store: MarketStore, load: Load): Promise<void> {
  const next = walk(99);
  let given = 0;
  let second = (FIRST + load.bars) * 60;
  const start = performance.now();
  return new Promise((resolve) => {
    const feed = setInterval(() => {
      const now = performance.now();
      const due = Math.min(((now - start) / SECOND) * load.perSecond, load.seconds * load.perSecond);
      for (; given < due; given += 1, second += 1) {
        for (const symbol of store.symbols()) store.apply(trade(symbol, second, (store.get(symbol).price ?? 100) + next() * 0.1), now);
      }
      if (now - start < load.seconds * SECOND) return;
      clearInterval(feed);
      resolve();
    }, 5);
  });
}

const store = new MarketStore(raise);

declare global {
  interface Window {
    buildCharts: (load: Load) => void;
    moveCharts: (load: Load) => Promise<void>;
  }
}
window.buildCharts = (load) => build(store, Array.from({ length: load.symbols }, (_, index) => `SYM${index}`), load.bars);
window.moveCharts = (load) => move(store, load);
