/** Closed bars of one symbol in order of seq, each once; and the candle still forming (pure). */
import type { BarsResponse } from "@/shared/api/types";

import type { Bar, MarketFrame } from "./events";

export type BarVerdict =
  | { kind: "appended" }
  /** Applied, but bars between `afterSeq` and this one are missing. */
  | { kind: "hole"; afterSeq: number }
  | { kind: "duplicate" }
  /** Came behind a newer one: sorted in, the chart must be laid anew. */
  | { kind: "inserted" };

/** Index of the first bar with seq ≥ the given one. */
export function lowerBound(bars: readonly Bar[], seq: number): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as Bar).seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function findBar(bars: readonly Bar[], seq: number): Bar | undefined {
  const bar = bars[lowerBound(bars, seq)];
  return bar?.seq === seq ? bar : undefined;
}

/** Applies a final bar in place. An empty minute is no hole: `prevSeq` names the bar before. */
export function applyBar(bars: Bar[], bar: Bar, prevSeq: number | null): BarVerdict {
  const last = bars.at(-1);
  if (last === undefined || bar.seq > last.seq) {
    bars.push(bar);
    const missing = last !== undefined && prevSeq !== null && prevSeq > last.seq;
    return missing ? { kind: "hole", afterSeq: last.seq } : { kind: "appended" };
  }
  const index = lowerBound(bars, bar.seq);
  if (bars[index]?.seq === bar.seq) return { kind: "duplicate" };
  bars.splice(index, 0, bar);
  return { kind: "inserted" };
}

/** Replaces a corrected bar in place; false if it is not among the loaded ones. */
export function reviseBar(bars: Bar[], bar: Bar): boolean {
  const index = lowerBound(bars, bar.seq);
  const known = bars[index];
  if (known?.seq !== bar.seq) return false;
  bars[index] = {
    ...bar,
    ema20: bar.ema20 ?? known.ema20,
    ema50: bar.ema50 ?? known.ema50,
    vwap: bar.vwap ?? known.vwap,
  };
  return true;
}

/** Union by seq, what was read from the database wins. Returns how many bars were new. */
export function mergeBars(bars: Bar[], read: readonly Bar[]): number {
  const bySeq = new Map(bars.map((bar) => [bar.seq, bar]));
  const before = bySeq.size;
  for (const bar of read) bySeq.set(bar.seq, bar);
  const merged = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  bars.splice(0, bars.length, ...merged);
  return bySeq.size - before;
}

/** Rows of `GET /api/bars` by their column names. */
export function rowsToBars(response: BarsResponse, timeframeMs: number): Bar[] {
  const at = Object.fromEntries(response.columns.map((name, index) => [name, index]));
  const cell = (row: (number | null)[], name: string): number | null => {
    const index = at[name];
    return index === undefined ? null : (row[index] ?? null);
  };
  return response.bars.map((row) => {
    const ts = cell(row, "ts") ?? 0;
    return {
      seq: Math.floor(ts / timeframeMs),
      ts,
      open: cell(row, "open") ?? Number.NaN,
      high: cell(row, "high") ?? Number.NaN,
      low: cell(row, "low") ?? Number.NaN,
      close: cell(row, "close") ?? Number.NaN,
      volume: cell(row, "volume") ?? 0,
      ema20: cell(row, "ema20"),
      ema50: cell(row, "ema50"),
      vwap: cell(row, "vwap"),
    };
  });
}

export interface FormingBar {
  seq: number;
  ts: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  /** seq of the last microbar that went in. */
  microSeq: number;
}

/** Adds a microbar to the forming candle; null if it was applied before or is older. */
export function applyMicrobar(
  forming: FormingBar | null,
  frame: MarketFrame,
  timeframeMs: number,
): FormingBar | null {
  const { bar } = frame;
  const seq = Math.floor(bar.ts / timeframeMs);
  if (forming !== null && (bar.seq <= forming.microSeq || seq < forming.seq)) return null;
  if (forming?.seq !== seq) {
    const { open, high, low, close, volume } = bar;
    return { seq, ts: seq * timeframeMs, open, high, low, close, volume, microSeq: bar.seq };
  }
  return {
    ...forming,
    high: Math.max(forming.high, bar.high),
    low: Math.min(forming.low, bar.low),
    close: bar.close,
    volume: forming.volume + bar.volume,
    microSeq: bar.seq,
  };
}
