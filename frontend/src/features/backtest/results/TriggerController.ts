/** The bars around one trigger, with its entry, barriers and end. Lives outside React. */
import { createSeriesMarkers, LineStyle, type IChartApi, type ISeriesApi, type SeriesMarker, type Time } from "lightweight-charts";

import type { Trigger } from "@/shared/api/backtest";
import type { BarsResponse } from "@/shared/api/types";
import { r } from "@/shared/lib/format";
import type { Calendar } from "@/shared/lib/marketTime";
import { chartOptions, makeChart } from "@/shared/ui/chartOptions";
import { toTime } from "@/shared/ui/chartSeries";
import { addCandles, layOut, showBars } from "@/shared/ui/pastBars";
import type { Tokens } from "@/shared/ui/tokens";

import { barriersOf, view } from "./barriers";

export interface TriggerSetup {
  tokens: Tokens;
  calendar: Calendar;
  tickSize: number;
}

export class TriggerController {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;

  constructor(
    container: HTMLElement,
    private readonly setup: TriggerSetup,
  ) {
    const { tokens, tickSize } = setup;
    const options = chartOptions(setup);
    this.chart = makeChart(container, { ...options, timeScale: { ...options.timeScale, rightOffset: 2, lockVisibleTimeRangeOnResize: true } });
    this.candles = addCandles(this.chart, tokens, tickSize);
  }

  destroy(): void {
    this.chart.remove();
  }

  show(bars: BarsResponse, trigger: Trigger): void {
    const past = layOut(bars, this.setup.calendar);
    showBars(this.chart, this.candles, past, this.setup.tokens);
    this.mark(trigger);
    const times = past.candles.map(({ time }) => Number(time));
    this.chart.timeScale().setVisibleLogicalRange(view(times, Number(toTime(trigger.ts))));
  }

  private mark(trigger: Trigger): void {
    const { tokens } = this.setup;
    const long = trigger.direction === "long";
    const markers: SeriesMarker<Time>[] = [
      {
        time: toTime(trigger.ts),
        position: long ? "belowBar" : "aboveBar",
        shape: long ? "arrowUp" : "arrowDown",
        color: long ? tokens.up : tokens.down,
        text: long ? "LONG" : "SHORT",
      },
    ];
    const { outcome } = trigger;
    if (outcome?.exitTs !== null && outcome?.exitTs !== undefined) {
      markers.push({
        time: toTime(outcome.exitTs),
        position: long ? "aboveBar" : "belowBar",
        shape: "square",
        color: tokens.dim,
        text: `${outcome.exit ?? ""} ${r(outcome.r)}`,
      });
    }
    createSeriesMarkers(this.candles, markers.sort((a, b) => Number(a.time) - Number(b.time)));
    const barriers = barriersOf(trigger);
    if (barriers === null) return;
    const line = (price: number, color: string, title: string): void => {
      this.candles.createPriceLine({ price, color, title, lineWidth: 1, lineStyle: LineStyle.Dotted, axisLabelVisible: true });
    };
    line(barriers.entry, tokens.text, "entry");
    if (barriers.stop !== null) line(barriers.stop, tokens.bad, "stop");
    if (barriers.target !== null) line(barriers.target, tokens.ok, "target");
  }
}
