/** What every chart of the product has in common. */
import {
  ColorType,
  createChartEx,
  CrosshairMode,
  defaultHorzScaleBehavior,
  TickMarkType,
  type CandlestickSeriesPartialOptions,
  type ChartOptions,
  type DeepPartial,
  type IChartApi,
  type Time,
  type TimeMark,
} from "lightweight-charts";

import { tickDecimals } from "@/shared/lib/format";
import { exchangeTime, shortDate, timeOfDay, type Calendar } from "@/shared/lib/marketTime";

import type { Tokens } from "./tokens";

export interface OptionsInput {
  tokens: Tokens;
  calendar: Calendar;
}

/** Hollow up, filled down: the direction is readable without colour. The chart itself names the price, not its candles. */
export function candleOptions({ tokens, tickSize }: { tokens: Tokens; tickSize: number }): CandlestickSeriesPartialOptions {
  return {
    upColor: tokens.panel,
    borderUpColor: tokens.up,
    wickUpColor: tokens.up,
    downColor: tokens.down,
    borderDownColor: tokens.down,
    wickDownColor: tokens.down,
    priceLineVisible: false,
    lastValueVisible: false,
    priceFormat: { type: "price", precision: tickDecimals(tickSize), minMove: tickSize },
  };
}

/** `Oct 07 10:42:00 ET`, under the crosshair. */
export function crosshairTime(time: Time, calendar: Calendar): string {
  const ts = Number(time) * 1000;
  return `${shortDate(ts, calendar)} ${exchangeTime(ts, calendar)}`;
}

/** Data stay UTC; only what is printed is exchange time. */
export function chartOptions({ tokens, calendar }: OptionsInput): DeepPartial<ChartOptions> {
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: tokens.panel },
      textColor: tokens.dim,
      fontFamily: '"IBM Plex Sans Variable", system-ui, sans-serif',
      fontSize: 11,
      // Its style element would break the content security policy; the page links to them instead.
      attributionLogo: false,
      panes: { separatorColor: tokens.border, separatorHoverColor: tokens.hover },
    },
    // A browser's own locale may be one that Intl refuses.
    localization: { locale: "en-US", timeFormatter: (time: Time) => crosshairTime(time, calendar) },
    grid: { vertLines: { visible: false }, horzLines: { color: tokens.border } },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: tokens.control, labelBackgroundColor: tokens.hover },
      horzLine: { color: tokens.control, labelBackgroundColor: tokens.hover },
    },
    // A price at the scale's end would be cut through.
    rightPriceScale: { borderColor: tokens.border, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.08 } },
    timeScale: {
      borderColor: tokens.border,
      timeVisible: true,
      secondsVisible: false,
      rightOffset: 8,
      allowShiftVisibleRangeOnWhitespaceReplacement: true, // a bar's place is there before it forms
      barSpacing: 7,
      minBarSpacing: 0.5,
      tickMarkFormatter: (time: Time, type: TickMarkType) => {
        const ts = Number(time) * 1000;
        const date = type === TickMarkType.Year || type === TickMarkType.Month || type === TickMarkType.DayOfMonth;
        return date ? shortDate(ts, calendar) : timeOfDay(ts, calendar, false);
      },
    },
    handleScale: { axisPressedMouseMove: true },
  };
}

/** Half of the widest word below a chart, a date in bold: `Sep 30`. */
const HALF_LABEL = 20;

/** Below the chart stands a time whole or not at all: the library cuts through those at both ends. */
class WholeTimes extends defaultHorzScaleBehavior() {
  /** How wide the axis is; known once its chart is made. */
  width = (): number => Number.POSITIVE_INFINITY;

  /** The one place where the library shows the marks that it is about to paint. */
  override maxTickMarkWeight(marks: TimeMark[]): TimeMark["weight"] {
    const last = this.width() - HALF_LABEL;
    for (const mark of marks) if (mark.coord < HALF_LABEL || mark.coord > last) mark.label = "";
    return super.maxTickMarkWeight(marks);
  }
}

/** A chart in an element. The library lays its canvases out in a table, which to a screen reader is none. */
export function makeChart(container: HTMLElement, options: DeepPartial<ChartOptions>): IChartApi {
  const times = new WholeTimes();
  const chart = createChartEx<Time, WholeTimes>(container, times, options);
  times.width = () => chart.timeScale().width();
  chart.chartElement().querySelector("table")?.setAttribute("role", "presentation");
  return chart;
}
