import { describe, expect, it } from "vitest";

import type { Gap } from "@/shared/api/types";
import type { Bar } from "@/shared/realtime/events";

import { breaksAfter, candles, gapMarks, hatched, isHatched, line, sessionEnds, volumeBar } from "./chartSeries";

const MINUTE = 60_000;
const bar = (seq: number, close = 100): Bar => ({
  seq,
  ts: seq * MINUTE,
  open: 100,
  high: 101,
  low: 99,
  close,
  volume: 5,
  ema20: close,
  ema50: null,
  vwap: close,
});

const feedGap = (fromSeq: number, toSeq: number): Gap => ({ fromSeq, toSeq, reason: "feed_gap" });

describe("chart series", () => {
  it("give one empty place for every bar that the session lacks, none between sessions", () => {
    const data = candles([bar(10), bar(12), bar(40), bar(41)], [feedGap(42, 43)], new Set([12]), MINUTE);
    expect(data.map((item) => Number(item.time) / 60)).toEqual([10, 11, 12, 40, 41, 42, 43]);
    expect(data.filter((item) => "open" in item)).toHaveLength(4);
  });

  it("leave gaps before the first bar out", () => {
    expect(candles([bar(10)], [feedGap(1, 5)], new Set(), MINUTE)).toHaveLength(1);
  });

  it("give hours their places too, which begin with the session at half past", () => {
    const hour = 60 * MINUTE;
    const open = Date.UTC(2013, 9, 7, 13, 30);
    const hourly = (index: number): Bar => ({ ...bar(0), seq: Math.floor(open / hour) + index, ts: open + index * hour });
    const bars = [hourly(0), hourly(1), hourly(4)];
    const lost = feedGap(hourly(2).seq, hourly(3).seq);
    const times = candles(bars, [lost], new Set(), hour).map((item) => Number(item.time) * 1000);
    expect(times).toEqual([0, 1, 2, 3, 4].map((index) => open + index * hour));
    expect(hatched(bars, [lost], hour)).toEqual([{ from: open / 1000 + 7_200, to: open / 1000 + 10_800, gap: lost }]);
  });

  it("hatch what lies behind the first bar, over no more places than are drawn", () => {
    const bars = [bar(10), bar(9_000)];
    const gaps = [feedGap(1, 8), feedGap(11, 8_999), { ...feedGap(9_001, 9_002), reason: "quiet" as const }];
    const drawn = new Set(candles(bars, gaps, new Set(), MINUTE).map((item) => item.time));
    const places = hatched(bars, gaps, MINUTE);
    expect(places.map((place) => place.gap.fromSeq)).toEqual([11]);
    expect(places.every((place) => drawn.has(place.from) && drawn.has(place.to))).toBe(true);
  });

  it("hatch only what should be there", () => {
    const reasons = ["quiet", "feed_gap", "no_data", "session_break"] as const;
    expect(reasons.filter((reason) => isHatched({ ...feedGap(1, 2), reason }))).toEqual(["feed_gap", "no_data"]);
  });

  it("break a line before a gap and at a session's end", () => {
    const bars = [bar(10), bar(11), bar(15), bar(16)];
    const breaks = breaksAfter(bars, [feedGap(12, 14)], new Set([15]));
    expect([...breaks].sort()).toEqual([11, 15]);
    const points = line(bars, "ema20", breaks);
    expect(points.map((point) => point.color !== undefined)).toEqual([false, true, true, false]);
  });

  it("say what a long quiet stretch is, and bridge it by no line; a minute without a trade is nothing to tell", () => {
    const quiet = (from: number, to: number): Gap => ({ fromSeq: from, toSeq: to, reason: "quiet" });
    const bars = [bar(10), bar(12), bar(18)];
    const gaps = [quiet(11, 11), quiet(13, 17)];
    const [first, ...more] = gapMarks(bars, gaps, MINUTE);
    expect(first).toMatchObject({ from: (13 * MINUTE) / 1000, to: (17 * MINUTE) / 1000, text: "quiet, 5 bars", quiet: true });
    expect(more).toEqual([]);
    expect([...breaksAfter(bars, gaps, new Set())]).toEqual([12]);
  });

  it("draw no indicator that the server did not give", () => {
    expect(line([bar(10)], "ema50", new Set())).toEqual([]);
  });

  it("find session ends by the exchange's date", () => {
    const close = Date.UTC(2013, 9, 7, 19, 59) / MINUTE;
    const open = Date.UTC(2013, 9, 8, 13, 30) / MINUTE;
    expect([...sessionEnds([bar(close), bar(open), bar(open + 1)], "XNYS")]).toEqual([close]);
    const midnight = Date.UTC(2016, 9, 8) / MINUTE;
    expect([...sessionEnds([bar(midnight - 1), bar(midnight)], "24/7")]).toEqual([midnight - 1]);
  });

  it("colour volume by the candle's direction", () => {
    expect(volumeBar(bar(1, 99), "u", "d").color).toBe("d");
    expect(volumeBar(bar(1, 100), "u", "d").color).toBe("u");
  });
});
