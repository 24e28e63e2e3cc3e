import { describe, expect, it } from "vitest";

import { applyBar, applyMicrobar, findBar, mergeBars, reviseBar, rowsToBars, type FormingBar } from "./barSeries";
import type { Bar, MarketFrame } from "./events";

const bar = (seq: number, close = 100): Bar => ({
  seq,
  ts: seq * 60_000,
  open: close,
  high: close + 1,
  low: close - 1,
  close,
  volume: 10,
  ema20: null,
  ema50: null,
  vwap: null,
});
const seqs = (bars: Bar[]): number[] => bars.map((item) => item.seq);

describe("closed bars", () => {
  it("append once", () => {
    const bars: Bar[] = [];
    expect(applyBar(bars, bar(5), null).kind).toBe("appended");
    expect(applyBar(bars, bar(6), 5).kind).toBe("appended");
    expect(applyBar(bars, bar(6), 5).kind).toBe("duplicate");
    expect(seqs(bars)).toEqual([5, 6]);
  });

  it("do not call an empty minute a hole", () => {
    const bars = [bar(5)];
    expect(applyBar(bars, bar(9), 5).kind).toBe("appended");
  });

  it("report a hole where the server's previous bar is unknown here", () => {
    const bars = [bar(5)];
    expect(applyBar(bars, bar(9), 8)).toEqual({ kind: "hole", afterSeq: 5 });
    expect(mergeBars(bars, [bar(6), bar(7), bar(8), bar(9, 101)])).toBe(3);
    expect(seqs(bars)).toEqual([5, 6, 7, 8, 9]);
    expect(findBar(bars, 9)?.close).toBe(101);
  });

  it("sort in what comes late", () => {
    const bars = [bar(5), bar(7)];
    expect(applyBar(bars, bar(6), 5).kind).toBe("inserted");
    expect(seqs(bars)).toEqual([5, 6, 7]);
  });

  it("are replaced by a revision, which keeps the indicator values it does not carry", () => {
    const bars = [{ ...bar(5), ema20: 99 }, bar(6)];
    expect(reviseBar(bars, bar(5, 103))).toBe(true);
    expect(bars[0]).toMatchObject({ close: 103, ema20: 99 });
    expect(reviseBar(bars, bar(4))).toBe(false);
  });

  it("are read by column name, missing indicators as null", () => {
    const read = rowsToBars(
      {
        symbol: "SPY",
        timeframe: "1m",
        columns: ["ts", "close", "open", "high", "low", "volume", "ema20"],
        bars: [[120_000, 4, 1, 5, 0.5, 7, null]],
        gaps: [],
      },
      60_000,
    );
    expect(read).toEqual([
      { seq: 2, ts: 120_000, open: 1, high: 5, low: 0.5, close: 4, volume: 7, ema20: null, ema50: null, vwap: null },
    ]);
  });
});

describe("forming candle", () => {
  const micro = (second: number, close: number): MarketFrame => ({
    kind: "microbar",
    symbol: "SPY",
    timeframe: "1s",
    prevSeq: second - 1,
    ingestTs: null,
    srvTs: null,
    bar: { ...bar(second, close), ts: second * 1000 },
  });
  const run = (frames: MarketFrame[]): FormingBar | null =>
    frames.reduce<FormingBar | null>((forming, frame) => applyMicrobar(forming, frame, 60_000) ?? forming, null);

  it("grows from microbars and starts anew with the minute", () => {
    expect(run([micro(60, 100), micro(61, 104), micro(62, 98)])).toMatchObject({
      seq: 1,
      open: 100,
      high: 105,
      low: 97,
      close: 98,
      volume: 30,
    });
    expect(run([micro(60, 100), micro(120, 7)])).toMatchObject({ seq: 2, open: 7, volume: 10 });
  });

  it("counts no microbar twice and none from an earlier minute", () => {
    expect(run([micro(60, 100), micro(61, 101), micro(61, 101), micro(60, 100)])?.volume).toBe(20);
    const second = run([micro(120, 7)]);
    expect(applyMicrobar(second, micro(119, 3), 60_000)).toBeNull();
  });
});
