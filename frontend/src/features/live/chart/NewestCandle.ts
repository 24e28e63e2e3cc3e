/**
 * The newest candle, in series of its own. The library lays out all bars of a series anew at every
 * update of it: in the series of the closed bars, a trade would cost as much as ten thousand of them.
 */
import {
  CandlestickSeries,
  HistogramSeries,
  LineSeries,
  LineStyle,
  type CandlestickSeriesPartialOptions,
  type HistogramData,
  type HistogramSeriesPartialOptions,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";

import type { Bar } from "@/shared/realtime/events";
import { candle, toTime } from "@/shared/ui/chartSeries";

export type Drawable = Pick<Bar, "ts" | "open" | "high" | "low" | "close" | "volume">;

export interface NewestOptions {
  candle: CandlestickSeriesPartialOptions;
  /** null: no volume is shown. */
  volume: HistogramSeriesPartialOptions | null;
  volumeBar: (bar: Drawable) => HistogramData;
  /** Of the line at the newest price. */
  lineColor: string;
  /** Milliseconds from one bar's open to the next one's. */
  span: number;
}

/** Places laid behind the newest bar at a time: every new one has all bars of all series laid out anew. */
const AHEAD = 30;

export class NewestCandle {
  private readonly places: ISeriesApi<"Line">;
  /** The last place that was laid. */
  private reserved = 0;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volumes: ISeriesApi<"Histogram"> | null;
  private line: IPriceLine | null = null;
  private newest: number | null = null;
  /** What is drawn here, oldest first: a minute may still wait for its close when the next one forms. */
  private times: UTCTimestamp[] = [];
  /** The newest, if it is closed: drawn among the closed bars too, its volume only there. */
  private closed: UTCTimestamp | null = null;
  /** Whether its price is the market's: else no line and no label says so. */
  private isCurrent = true;

  constructor(
    chart: IChartApi,
    private readonly options: NewestOptions,
  ) {
    this.places = chart.addSeries(LineSeries, { lastValueVisible: false, priceLineVisible: false });
    this.candles = chart.addSeries(CandlestickSeries, options.candle);
    this.volumes = options.volume === null ? null : chart.addSeries(HistogramSeries, options.volume, 1);
  }

  /** Closes of the candles drawn here that open after a moment. */
  closesAfter(time: number): number[] {
    return this.candles.data().flatMap((item) => ("close" in item && Number(item.time) > time ? [item.close] : []));
  }

  /** Gives back the places that no bar took: the chart's bars are laid anew, and others may follow the last. */
  release(): void {
    if (this.reserved > 0) this.places.setData([]);
    this.reserved = 0;
  }

  /** Forgets all candles and shows the last closed one, and the one that forms after it. */
  load(last: Drawable | undefined, forming: Drawable | null): void {
    this.times = [];
    this.closed = null;
    this.release();
    this.candles.setData([]);
    this.volumes?.setData([]);
    if (last !== undefined) this.close(last);
    if (forming !== null) this.form(forming);
    this.showPrice();
  }

  /** A trade. One of a candle that is closed here already, or was never drawn, changes nothing. */
  form(bar: Drawable): void {
    const time = toTime(bar.ts);
    if (time === this.closed) return;
    if (time >= this.head) {
      this.put(bar, false);
    } else if (this.times.includes(time)) {
      this.candles.update(candle(bar), true);
      this.volumes?.update(this.options.volumeBar(bar), true);
    }
  }

  /** A bar that is drawn among the closed ones from now on. */
  close(bar: Drawable): void {
    const time = toTime(bar.ts);
    if (time >= this.head) {
      this.put(bar, true);
    } else if (this.times.includes(time)) {
      this.drop(time);
      this.volumes?.update({ time }, true);
    }
  }

  /** Shows the line at the newest price and its label, or hides them while the price is too old. */
  setCurrent(current: boolean): void {
    this.isCurrent = current;
    this.showPrice();
  }

  /** Brings the line and its label to the newest price; asked for when the page's other prices are written. */
  showPrice(): void {
    if (this.newest === null) return;
    const current = { price: this.newest, lineVisible: this.isCurrent, axisLabelVisible: this.isCurrent };
    const shown = this.line?.options();
    if (shown?.price === current.price && shown.axisLabelVisible === current.axisLabelVisible) return; // nothing to paint
    if (this.line !== null) {
      this.line.applyOptions(current);
      return;
    }
    const { lineColor: color } = this.options;
    this.line = this.candles.createPriceLine({ ...current, color, lineWidth: 1, lineStyle: LineStyle.Dashed });
  }

  /** The price that the axis names as the market's; null while it names none. */
  get named(): number | null {
    const options = this.line?.options();
    return options?.axisLabelVisible === true ? options.price : null;
  }

  /**
   * Has the library ask for the coming animation frame now. What is drawn in a frame that it has not
   * asked for is painted one later.
   */
  wake(): void {
    this.line?.applyOptions({});
  }

  private get head(): number {
    return this.times.at(-1) ?? 0;
  }

  private put(bar: Drawable, isClosed: boolean): void {
    const time = toTime(bar.ts);
    const isNew = time > this.head;
    this.candles.update(candle(bar));
    this.volumes?.update(isClosed ? { time } : this.options.volumeBar(bar));
    if (isNew) this.times.push(time);
    if (this.closed !== null && isNew) this.drop(this.closed);
    this.closed = isClosed ? time : null;
    if (isClosed) this.reserve(bar.ts + this.options.span);
    this.newest = bar.close;
    if (this.line === null) this.showPrice(); // `wake` needs it
  }

  /** Sees to it that a bar that opens at `ts` has a place when it forms. */
  private reserve(ts: number): void {
    if (toTime(ts) <= this.reserved) return;
    const places = Array.from({ length: AHEAD }, (_, index) => ({ time: toTime(ts + index * this.options.span) }));
    this.places.setData(places);
    this.reserved = Number(places.at(-1)?.time);
  }

  /** An empty place behind the newest takes the candle away and leaves the rest as it is. */
  private drop(time: UTCTimestamp): void {
    this.times = this.times.filter((other) => other !== time);
    this.candles.update({ time }, true);
  }

}
