/** Owns the canvas of the equity and drawdown panes; lives outside React. */
import {
  BaselineSeries,
  LineSeries,
  LineStyle,
  type IChartApi,
  type ISeriesApi,
  type SeriesType,
  type SingleValueData,
} from "lightweight-charts";

import { r } from "@/shared/lib/format";
import type { Calendar } from "@/shared/lib/marketTime";
import { chartOptions, makeChart } from "@/shared/ui/chartOptions";
import { withAlpha, type Tokens } from "@/shared/ui/tokens";

import type { EquityPoint } from "./equity";

export interface EquitySetup {
  tokens: Tokens;
  calendar: Calendar;
  /** The time under the crosshair in seconds, or null when the pointer left. */
  inspect: (time: number | null) => void;
}

const R_FORMAT = { type: "custom", minMove: 0.01, formatter: (value: number) => r(value) } as const;
/** Room for half a line of text: a value on the pane's edge is whole. */
const DRAWDOWN_MARGINS = { top: 0.16, bottom: 0.16 };
/** The library's own would leave the low pane with its zero alone: a label every 14 px shows a depth as well. */
const DRAWDOWN_DENSITY = 1.2;
const CLEAR = "rgba(0,0,0,0)";

export class EquityController {
  private readonly chart: IChartApi;
  private readonly equity: ISeriesApi<"Baseline">;
  private readonly drawdown: ISeriesApi<"Baseline">;
  private other: ISeriesApi<SeriesType>[] = [];

  constructor(
    container: HTMLElement,
    private readonly setup: EquitySetup,
  ) {
    const { tokens } = setup;
    const options = chartOptions(setup);
    this.chart = makeChart(container, {
      ...options,
      // Another size shows the same stretch of the run, the whole of it at first.
      timeScale: { ...options.timeScale, rightOffset: 2, minBarSpacing: 0.001, lockVisibleTimeRangeOnResize: true },
      rightPriceScale: { ...options.rightPriceScale, minimumWidth: 72 },
    });
    const quiet = { priceLineVisible: false, lastValueVisible: true, priceFormat: R_FORMAT, lineWidth: 1 } as const;
    this.equity = this.chart.addSeries(BaselineSeries, {
      ...quiet,
      lineWidth: 2,
      baseValue: { type: "price", price: 0 },
      topLineColor: tokens.ok,
      topFillColor1: withAlpha(tokens.ok, 0.22),
      topFillColor2: withAlpha(tokens.ok, 0.04),
      bottomLineColor: tokens.bad,
      bottomFillColor1: withAlpha(tokens.bad, 0.04),
      bottomFillColor2: withAlpha(tokens.bad, 0.22),
    });
    this.drawdown = this.chart.addSeries(
      BaselineSeries,
      {
        ...quiet,
        baseValue: { type: "price", price: 0 },
        topLineColor: CLEAR,
        topFillColor1: CLEAR,
        topFillColor2: CLEAR,
        bottomLineColor: tokens.bad,
        bottomFillColor1: withAlpha(tokens.bad, 0.3),
        bottomFillColor2: withAlpha(tokens.bad, 0.3),
        lastValueVisible: false, // stands above the chart; on this low axis it would lie over the scale
      },
      1,
    );
    this.drawdown.priceScale().applyOptions({ scaleMargins: DRAWDOWN_MARGINS, tickMarkDensity: DRAWDOWN_DENSITY });
    this.equity.createPriceLine({ price: 0, color: tokens.control, lineWidth: 1, lineStyle: LineStyle.Solid, axisLabelVisible: false, title: "" });
    const [main, below] = this.chart.panes();
    main?.setStretchFactor(3);
    below?.setStretchFactor(1);
    this.chart.subscribeCrosshairMove((param) => setup.inspect(typeof param.time === "number" ? param.time : null));
  }

  destroy(): void {
    this.chart.remove();
  }

  show(points: readonly EquityPoint[], other: readonly EquityPoint[] | null): void {
    this.equity.setData(points.map(({ time, equity }) => ({ time, value: equity })));
    this.drawdown.setData(points.map(({ time, drawdown }) => ({ time, value: drawdown })));
    for (const series of this.other) this.chart.removeSeries(series);
    this.other = other === null ? [] : [this.overlay(other, "equity", 0), this.overlay(other, "drawdown", 1)];
    this.chart.timeScale().fitContent();
  }

  private overlay(points: readonly EquityPoint[], field: "equity" | "drawdown", pane: number): ISeriesApi<"Line"> {
    const series = this.chart.addSeries(
      LineSeries,
      {
        color: this.setup.tokens.level,
        lineWidth: field === "equity" ? 2 : 1,
        lineStyle: LineStyle.Dashed,
        priceLineVisible: false,
        priceFormat: R_FORMAT,
        lastValueVisible: field === "equity",
      },
      pane,
    );
    series.setData(points.map((point): SingleValueData => ({ time: point.time, value: point[field] })));
    return series;
  }
}
