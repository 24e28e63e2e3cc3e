/**
 * Markers of sent alerts, on a series of the alerts' bars alone. The library reads every bar of the
 * series that it marks, at each change of the markers and each bar that is added: among the chart's
 * ten thousand candles, an arrival would cost as much as laying all of them out.
 */
import {
  CandlestickSeries,
  createSeriesMarkers,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type SeriesMarker,
  type Time,
} from "lightweight-charts";

import type { Bar } from "@/shared/realtime/events";
import { candle, toTime } from "@/shared/ui/chartSeries";

export interface Marked {
  /** A closed bar of the chart: the marker stands off its low or high. */
  bar: Pick<Bar, "ts" | "open" | "high" | "low" | "close">;
  marker: SeriesMarker<Time>;
}

const CLEAR = "rgba(0,0,0,0)";

export class AlertMarks {
  private readonly bars: ISeriesApi<"Candlestick">;
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  /** Opens of the bars that are in the series, in milliseconds. */
  private readonly placed = new Set<number>();
  private last = 0;

  constructor(chart: IChartApi) {
    this.bars = chart.addSeries(CandlestickSeries, {
      ...{ upColor: CLEAR, downColor: CLEAR, borderVisible: false, wickVisible: false },
      ...{ priceLineVisible: false, lastValueVisible: false },
      autoscaleInfoProvider: () => null, // the candles set the price range
    });
    this.markers = createSeriesMarkers(this.bars, [], { autoScale: false });
  }

  /** Forgets the bars: the chart's are laid anew. */
  clear(): void {
    if (this.placed.size > 0) this.bars.setData([]);
    this.placed.clear();
    this.last = 0;
  }

  /** Shows these, oldest first, and no others. */
  set(marked: readonly Marked[]): void {
    const missing = new Map(marked.filter(({ bar }) => !this.placed.has(bar.ts)).map(({ bar }) => [bar.ts, bar]));
    if ([...missing.keys()].every((ts) => ts > this.last)) {
      for (const bar of missing.values()) this.bars.update(candle(bar));
    } else {
      this.bars.setData([...new Map(marked.map(({ bar }) => [bar.ts, bar])).values()].map(candle));
      this.placed.clear();
    }
    for (const { bar } of marked) this.placed.add(bar.ts);
    this.last = Math.max(this.last, marked.at(-1)?.bar.ts ?? 0);
    this.markers.setMarkers(marked.map(({ bar, marker }) => ({ ...marker, time: toTime(bar.ts) })));
  }
}
