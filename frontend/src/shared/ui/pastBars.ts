/** A stretch of past bars on a chart of its own: candles, the server's lines, and what is missing. */
import {
  CandlestickSeries,
  LineSeries,
  LineStyle,
  type CandlestickData,
  type IChartApi,
  type ISeriesApi,
  type LineData,
  type WhitespaceData,
} from "lightweight-charts";

import type { BarsResponse, Calendar } from "@/shared/api/types";
import { TIMEFRAME_MS } from "@/shared/lib/format";
import { rowsToBars } from "@/shared/realtime/barSeries";

import { GapHatch, SessionBreaks } from "./chartMarks";
import { candleOptions } from "./chartOptions";
import {
  breakMarks,
  breaksAfter,
  candles,
  gapMarks,
  line,
  sessionEnds,
  type BreakMark,
  type GapMark,
  type Indicator,
} from "./chartSeries";
import type { Tokens } from "./tokens";

const LINES: readonly Indicator[] = ["ema20", "ema50", "vwap"];

export function addCandles(chart: IChartApi, tokens: Tokens, tickSize: number): ISeriesApi<"Candlestick"> {
  return chart.addSeries(CandlestickSeries, candleOptions({ tokens, tickSize }));
}

/** What is drawn of an answer. */
export interface PastBars {
  candles: (CandlestickData | WhitespaceData)[];
  /** The lines that the answer has a column for. */
  lines: Partial<Record<Indicator, LineData[]>>;
  gaps: GapMark[];
  breaks: BreakMark[];
}

/** The lines that an answer has a column for. */
export function linesOf(answer: BarsResponse): Indicator[] {
  return LINES.filter((name) => answer.columns.includes(name));
}

/** As on the live chart: a place for every bar that a session lacks, and no line across a gap or a night (pure). */
export function layOut(answer: BarsResponse, calendar: Calendar): PastBars {
  const size = TIMEFRAME_MS[answer.timeframe];
  const bars = rowsToBars(answer, size);
  // Days are sessions themselves: no night between two of them ends a line.
  const daily = answer.timeframe === "1d";
  const ends = daily ? new Set<number>() : sessionEnds(bars, calendar);
  const apart = daily ? new Set(bars.map((bar) => bar.seq)) : ends;
  const breaks = breaksAfter(bars, answer.gaps, ends);
  return {
    candles: candles(bars, answer.gaps, apart, size),
    lines: Object.fromEntries(linesOf(answer).map((name) => [name, line(bars, name, breaks)])),
    gaps: gapMarks(bars, answer.gaps, size),
    breaks: breakMarks(bars, ends),
  };
}

/** Fills a fresh chart; the candles alone set the price range. */
export function showBars(chart: IChartApi, series: ISeriesApi<"Candlestick">, past: PastBars, tokens: Tokens): void {
  series.setData(past.candles);
  for (const name of LINES) {
    const points = past.lines[name];
    if (points !== undefined) addLine(chart, name, tokens).setData(points);
  }
  const [hatch, breaks] = [new GapHatch(tokens), new SessionBreaks(tokens)];
  series.attachPrimitive(hatch);
  series.attachPrimitive(breaks);
  hatch.set(past.gaps);
  breaks.set(past.breaks);
}

function addLine(chart: IChartApi, name: Indicator, tokens: Tokens): ISeriesApi<"Line"> {
  return chart.addSeries(LineSeries, {
    color: tokens[name],
    lineWidth: name === "ema20" ? 1 : 2,
    lineStyle: name === "vwap" ? LineStyle.Dashed : LineStyle.Solid,
    priceLineVisible: false,
    lastValueVisible: false,
    crosshairMarkerVisible: false,
    autoscaleInfoProvider: () => null,
  });
}
