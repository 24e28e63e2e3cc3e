/** What every chart of the product has in common. */
import {
  ColorType,
  createChart,
  CrosshairMode,
  TickMarkType,
  type ChartOptions,
  type DeepPartial,
  type IChartApi,
  type Time,
} from "lightweight-charts";

import { exchangeTime, shortDate, timeOfDay, type Calendar } from "@/shared/lib/marketTime";

import type { Tokens } from "./tokens";

export interface OptionsInput {
  tokens: Tokens;
  calendar: Calendar;
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
    rightPriceScale: { borderColor: tokens.border, scaleMargins: { top: 0.08, bottom: 0.08 } },
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

/** A chart in an element. The library lays its canvases out in a table, which to a screen reader is none. */
export function makeChart(container: HTMLElement, options: DeepPartial<ChartOptions>): IChartApi {
  const chart = createChart(container, options);
  chart.chartElement().querySelector("table")?.setAttribute("role", "presentation");
  return chart;
}
