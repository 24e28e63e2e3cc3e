/** A stretch of past bars on a chart of its own: candles and the server's lines. */
import {
  CandlestickSeries,
  LineSeries,
  LineStyle,
  type CandlestickData,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";

import type { BarsResponse } from "@/shared/api/types";
import { tickDecimals } from "@/shared/lib/format";

import type { Tokens } from "./tokens";

const LINES = ["ema20", "ema50", "vwap"] as const;

export const toTime = (ts: number): UTCTimestamp => (ts / 1000) as UTCTimestamp;

export function addCandles(chart: IChartApi, tokens: Tokens, tickSize: number): ISeriesApi<"Candlestick"> {
  return chart.addSeries(CandlestickSeries, {
    upColor: tokens.panel,
    borderUpColor: tokens.up,
    wickUpColor: tokens.up,
    downColor: tokens.down,
    borderDownColor: tokens.down,
    wickDownColor: tokens.down,
    priceLineVisible: false,
    lastValueVisible: false,
    priceFormat: { type: "price", precision: tickDecimals(tickSize), minMove: tickSize },
  });
}

export function candlesOf(bars: BarsResponse): CandlestickData<UTCTimestamp>[] {
  const at = (name: string): number => bars.columns.indexOf(name);
  const [ts, open, high, low, close] = ["ts", "open", "high", "low", "close"].map(at) as [number, number, number, number, number];
  const value = (row: (number | null)[], column: number): number => row[column] ?? Number.NaN;
  return bars.bars.map((row) => ({
    time: toTime(value(row, ts)),
    open: value(row, open),
    high: value(row, high),
    low: value(row, low),
    close: value(row, close),
  }));
}

/** The lines that the answer has a column for; the candles alone set the price range. */
export function addLines(chart: IChartApi, bars: BarsResponse, tokens: Tokens): void {
  const ts = bars.columns.indexOf("ts");
  for (const name of LINES) {
    const column = bars.columns.indexOf(name);
    if (column < 0) continue;
    const series = chart.addSeries(LineSeries, {
      color: tokens[name],
      lineWidth: name === "ema20" ? 1 : 2,
      lineStyle: name === "vwap" ? LineStyle.Dashed : LineStyle.Solid,
      priceLineVisible: false,
      lastValueVisible: false,
      crosshairMarkerVisible: false,
      autoscaleInfoProvider: () => null,
    });
    series.setData(
      bars.bars.flatMap((row) => {
        const value = row[column];
        return value === null || value === undefined ? [] : [{ time: toTime(row[ts] ?? 0), value }];
      }),
    );
  }
}
