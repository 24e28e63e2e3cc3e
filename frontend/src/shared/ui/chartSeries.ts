/** What the chart's series are given, from bars and gaps (pure). Times in seconds, UTC. */
import type {
  CandlestickData,
  HistogramData,
  LineData,
  UTCTimestamp,
  WhitespaceData,
} from "lightweight-charts";

import type { Gap, GapReason } from "@/shared/api/types";
import { plural } from "@/shared/lib/format";
import { exchangeDateKey, type Calendar } from "@/shared/lib/marketTime";
import type { Bar } from "@/shared/realtime/events";

export type Indicator = "ema20" | "ema50" | "vwap";
const CLEAR = "rgba(0,0,0,0)";

export const toTime = (ts: number): UTCTimestamp => (ts / 1000) as UTCTimestamp;

/** A gap longer than this is drawn at this length: the hatch names the real one. */
const MOST_WHITESPACE = 2_000;

export function candle(bar: Pick<Bar, "ts" | "open" | "high" | "low" | "close">): CandlestickData {
  return { time: toTime(bar.ts), open: bar.open, high: bar.high, low: bar.low, close: bar.close };
}

/** How far bars lie behind whole multiples of their timeframe: hours begin with the session, at half past. */
export function originOf(bars: readonly Pick<Bar, "ts">[], timeframeMs: number): number {
  return (bars[0]?.ts ?? 0) % timeframeMs;
}

/** The bar that a moment lies in: it opens at or before it, and less than `spanMs` before. */
export function barAt(bars: readonly Bar[], ts: number, spanMs: number): Bar | undefined {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as Bar).ts <= ts) low = middle + 1;
    else high = middle;
  }
  const bar = bars[low - 1];
  return bar !== undefined && ts - bar.ts < spanMs ? bar : undefined;
}

/** Quiet minutes are blank and sessions are apart: only what should be there is hatched. */
export function isHatched(gap: Gap): boolean {
  return gap.reason === "feed_gap" || gap.reason === "no_data";
}

/** Bars from which on a quiet stretch says what it is, and no line bridges it. */
const LONG_QUIET = 5;

const length = (gap: Gap): number => gap.toSeq - gap.fromSeq + 1;

/** Who looks at the place asks where the bars are: it is lost, or long. */
function isTold(gap: Gap): boolean {
  return isHatched(gap) || (gap.reason === "quiet" && length(gap) >= LONG_QUIET);
}

export interface GapPlace {
  from: UTCTimestamp;
  to: UTCTimestamp;
  gap: Gap;
}

/** The places of the gaps that are hatched: from the first bar on, and at most as many as are drawn. */
export function hatched(bars: readonly Bar[], gaps: readonly Gap[], timeframeMs: number): GapPlace[] {
  return placed(bars, gaps.filter(isHatched), timeframeMs);
}

function placed(bars: readonly Bar[], gaps: readonly Gap[], timeframeMs: number): GapPlace[] {
  const first = bars[0]?.seq ?? Number.POSITIVE_INFINITY;
  const origin = originOf(bars, timeframeMs);
  const place = (seq: number): UTCTimestamp => toTime(seq * timeframeMs + origin);
  return gaps
    .filter((gap) => gap.toSeq >= first)
    .map((gap) => {
      const from = Math.max(gap.fromSeq, first);
      return { from: place(from), to: place(lastPlace(from, gap.toSeq)), gap };
    });
}

const lastPlace = (from: number, to: number): number => Math.min(to, from + MOST_WHITESPACE - 1);

export interface GapMark {
  from: UTCTimestamp;
  to: UTCTimestamp;
  /** Reason and length: "feed gap, 7 bars". */
  text: string;
  /** Nobody traded: words alone, for nothing is missing. */
  quiet?: true;
}

const GAP_WORD: Record<GapReason, string> = {
  quiet: "quiet",
  feed_gap: "feed gap",
  no_data: "no data",
  session_break: "closed",
};

/** The hatches, each with what is missing there, and long quiet stretches. */
export function gapMarks(bars: readonly Bar[], gaps: readonly Gap[], timeframeMs: number): GapMark[] {
  return placed(bars, gaps.filter(isTold), timeframeMs).map(({ from, to, gap }) => ({
    from,
    to,
    text: `${GAP_WORD[gap.reason]}, ${plural(length(gap), "bar")}`,
    ...(gap.reason === "quiet" ? { quiet: true as const } : {}),
  }));
}

export interface BreakMark {
  before: UTCTimestamp;
  after: UTCTimestamp;
}

/** Between which bars the lines of the sessions' ends stand. */
export function breakMarks(bars: readonly Bar[], sessionEnds: ReadonlySet<number>): BreakMark[] {
  return bars.flatMap((bar, index) => {
    const after = bars[index + 1];
    return after !== undefined && sessionEnds.has(bar.seq) ? [{ before: toTime(bar.ts), after: toTime(after.ts) }] : [];
  });
}

/** Bars in order, with one empty place for every bar that a session lacks. */
export function candles(
  bars: readonly Bar[],
  gaps: readonly Gap[],
  sessionEnds: ReadonlySet<number>,
  timeframeMs: number,
): (CandlestickData | WhitespaceData)[] {
  const first = bars[0]?.seq ?? 0;
  const empty = new Set<number>();
  const add = (from: number, to: number): void => {
    for (let seq = from; seq <= lastPlace(from, to); seq += 1) empty.add(seq);
  };
  for (const gap of gaps) if (isHatched(gap) && gap.toSeq >= first) add(Math.max(gap.fromSeq, first), gap.toSeq);
  bars.forEach((bar, index) => {
    const next = bars[index + 1];
    if (next !== undefined && !sessionEnds.has(bar.seq)) add(bar.seq + 1, next.seq - 1);
  });
  for (const bar of bars) empty.delete(bar.seq);
  const origin = originOf(bars, timeframeMs);
  const places = [...empty].map((seq): WhitespaceData => ({ time: toTime(seq * timeframeMs + origin) }));
  return [...bars.map(candle), ...places].sort((a, b) => Number(a.time) - Number(b.time));
}

/** Seqs after which a line must not go on: a gap or a long quiet stretch follows, or a session ends. */
export function breaksAfter(bars: readonly Bar[], gaps: readonly Gap[], sessionEnds: ReadonlySet<number>): Set<number> {
  const breaks = new Set(sessionEnds);
  let index = 0;
  for (const gap of gaps.filter(isTold)) {
    let last: number | null = null;
    while (index < bars.length && (bars[index] as Bar).seq < gap.fromSeq) {
      last = (bars[index] as Bar).seq;
      index += 1;
    }
    if (last === null && index > 0) last = (bars[index - 1] as Bar).seq;
    if (last !== null) breaks.add(last);
  }
  return breaks;
}

/** A server's indicator line. Before a break the point is clear: lines would bridge the empty places. */
export function line(bars: readonly Bar[], name: Indicator, breaks: ReadonlySet<number>): LineData[] {
  const points: LineData[] = [];
  for (const bar of bars) {
    const value = bar[name];
    if (value === null) continue;
    const point = { time: toTime(bar.ts), value };
    points.push(breaks.has(bar.seq) ? { ...point, color: CLEAR } : point);
  }
  return points;
}

export function volumeBar(bar: Pick<Bar, "ts" | "open" | "close" | "volume">, up: string, down: string): HistogramData {
  return { time: toTime(bar.ts), value: bar.volume, color: bar.close >= bar.open ? up : down };
}

/** Seqs of the last bar of every session but the newest. */
export function sessionEnds(bars: readonly Bar[], calendar: Calendar): Set<number> {
  const ends = new Set<number>();
  let key = "";
  let previous: Bar | null = null;
  for (const bar of bars) {
    // Sessions are hours apart on an exchange; only bars that are may begin a new date.
    if (previous === null || calendar === "24/7" || bar.ts - previous.ts > 3_600_000) {
      const next = exchangeDateKey(bar.ts, calendar);
      if (previous !== null && next !== key) ends.add(previous.seq);
      key = next;
    }
    previous = bar;
  }
  return ends;
}
