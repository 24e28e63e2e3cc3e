/** Owns the chart's canvas: series, primitives, markers. Lives outside React and is told what changed. */
import {
  CandlestickSeries,
  HistogramSeries,
  LineSeries,
  LineStyle,
  type IChartApi,
  type IRange,
  type ISeriesApi,
  type MouseEventParams,
  type SeriesMarker,
  type Time,
} from "lightweight-charts";

import type { Alert } from "@/shared/api/types";
import { TIMEFRAME_MS } from "@/shared/lib/format";
import { findBar } from "@/shared/realtime/barSeries";
import type { Bar } from "@/shared/realtime/events";
import type { MarketChange, SymbolMarket } from "@/shared/realtime/marketStore";
import { GapHatch, SessionBreaks } from "@/shared/ui/chartMarks";
import { candleOptions, chartOptions, makeChart } from "@/shared/ui/chartOptions";
import {
  barAt,
  breakMarks,
  breaksAfter,
  candle,
  candles,
  gapMarks,
  line,
  sessionEnds,
  toTime,
  volumeBar,
  type Indicator,
} from "@/shared/ui/chartSeries";
import { withAlpha } from "@/shared/ui/tokens";

import { AlertMarks } from "./AlertMarks";
import { focusMark } from "./focus";
import { LabelRoom } from "./LabelRoom";
import { lineOptions, type ChartSetup } from "./look";
import { NewestCandle, type Drawable } from "./NewestCandle";
import { OncePerFrame } from "./oncePerFrame";
import { OneEachFrame } from "./oneEachFrame";
import { FocusBox, HeldBackMarks } from "./primitives";

export interface ChartEvents {
  /** A marker was clicked; the signal's id. */
  pick: (signalId: string) => void;
  /** The pointer came over a marker, or left it. */
  hover: (signalId: string | null) => void;
  /** The bar under the crosshair, or null when the pointer left. */
  inspect: (bar: Bar | null) => void;
  /** An update is in the chart and will be painted in the coming frame. */
  drawn: (srvTs: number | null, ingestTs: number | null) => void;
}

const INDICATORS: readonly Indicator[] = ["ema20", "ema50", "vwap"];
type Candle = Pick<Bar, "ts" | "low" | "high">;
const VOLUME = { priceFormat: { type: "volume" }, priceLineVisible: false, lastValueVisible: false } as const;

export class ChartController {
  private readonly chart: IChartApi;
  private readonly candleSeries: ISeriesApi<"Candlestick">;
  private readonly lines: Record<Indicator, ISeriesApi<"Line">>;
  private volumeSeries: ISeriesApi<"Histogram"> | null = null;
  private readonly newest: NewestCandle;
  private readonly volumeOf: (bar: Drawable) => ReturnType<typeof volumeBar>;
  private readonly marks: AlertMarks;
  private readonly hatch: GapHatch;
  private readonly breaks: SessionBreaks;
  private readonly held: HeldBackMarks;
  private readonly box: FocusBox;
  private market: SymbolMarket | null = null;
  private alerts: readonly Alert[] = [];
  private focus: Alert | null = null;
  /** The alert whose card is under the pointer. */
  private hovered: string | null = null;
  /** The alert whose marker is under the pointer. */
  private pointed: string | null = null;
  private sessionEnds: readonly number[] = []; // opens of the last bars of sessions that are over
  /** Open of the newest candle drawn, the forming one included. */
  private head = 0;
  private golden: (alert: Alert) => boolean = () => false;
  /** Once a frame, however many trades came. */
  private readonly forming = new OncePerFrame<Drawable>((bar) => {
    this.newest.form(bar);
    this.head = Math.max(this.head, toTime(bar.ts));
  });

  /** A bar that has closed, series by series: each is laid out anew, ten thousand bars of it. */
  private readonly closing = new OneEachFrame();

  constructor(
    container: HTMLElement,
    private readonly setup: ChartSetup,
    private readonly events: ChartEvents,
  ) {
    const { tokens } = setup;
    this.chart = makeChart(container, chartOptions(setup));
    const room = new LabelRoom(setup.tickSize, tokens.panel, () => this.newest.named);
    this.candleSeries = this.chart.addSeries(CandlestickSeries, { ...candleOptions(setup), priceFormat: room.format });
    this.marks = new AlertMarks(this.chart);
    this.lines = {
      ema20: this.chart.addSeries(LineSeries, lineOptions(setup, "ema20", 1, LineStyle.Solid)),
      ema50: this.chart.addSeries(LineSeries, lineOptions(setup, "ema50", 2, LineStyle.Solid)),
      vwap: this.chart.addSeries(LineSeries, lineOptions(setup, "vwap", 2, LineStyle.Dashed)),
    };
    this.hatch = new GapHatch(tokens);
    this.breaks = new SessionBreaks(tokens);
    this.held = new HeldBackMarks({ up: tokens.up, down: tokens.down });
    this.box = new FocusBox({
      reward: withAlpha(tokens.ok, 0.14),
      risk: withAlpha(tokens.bad, 0.14),
      outline: withAlpha(tokens.dim, 0.8),
      level: tokens.level,
    });
    for (const primitive of [this.hatch, this.breaks, this.held, this.box, room]) {
      this.candleSeries.attachPrimitive(primitive);
    }
    const [up, down] = [withAlpha(tokens.up, 0.45), withAlpha(tokens.down, 0.45)];
    this.volumeOf = (bar) => volumeBar(bar, up, down);
    if (setup.volume) this.addVolume();
    this.newest = new NewestCandle(this.chart, {
      ...{ candle: candleOptions(setup), volume: setup.volume ? VOLUME : null },
      ...{ volumeBar: this.volumeOf, lineColor: tokens.dim, span: TIMEFRAME_MS[setup.timeframe] },
    });
    this.chart.subscribeClick((param) => this.onClick(param));
    this.chart.subscribeCrosshairMove((param) => this.onMove(param));
  }

  destroy(): void {
    this.forming.drop();
    this.closing.drop();
    this.chart.remove();
  }

  /** Lays the whole chart anew: another symbol, bars read from the database, a revision. */
  load(market: SymbolMarket): void {
    const first = this.market === null;
    this.market = market;
    this.forming.drop(); // the market has it
    this.closing.drop();
    this.newest.release();
    this.marks.clear();
    const size = TIMEFRAME_MS[this.setup.timeframe];
    const ends = sessionEnds(market.bars, this.setup.calendar);
    this.sessionEnds = market.bars.flatMap((bar) => (ends.has(bar.seq) ? [bar.ts] : []));
    const breaks = breaksAfter(market.bars, market.gaps, ends);
    this.candleSeries.setData(candles(market.bars, market.gaps, ends, size));
    for (const name of INDICATORS) this.lines[name].setData(line(market.bars, name, breaks));
    this.volumeSeries?.setData(market.bars.map((bar) => this.volumeOf(bar)));
    this.head = toTime(market.bars.at(-1)?.ts ?? 0);
    this.newest.load(market.bars.at(-1), market.forming);
    this.head = Math.max(this.head, toTime(market.forming?.ts ?? 0));
    this.hatch.set(gapMarks(market.bars, market.gaps, size));
    this.breaks.set(breakMarks(market.bars, ends));
    this.paintAlerts();
    this.paintBox();
    if (first) this.showLatest();
  }

  apply(change: MarketChange, market: SymbolMarket): void {
    if (change.kind === "forming") {
      if (this.forming.waiting?.ts !== change.forming.ts) this.forming.flush();
      this.forming.ask(change.forming);
      this.newest.wake(); // after asking: the library paints in the same frame, with this candle
      this.events.drawn(change.srvTs, change.ingestTs);
      return;
    }
    this.forming.flush();
    this.closing.flush();
    if (this.market === null || change.kind !== "bar" || this.needsPlaces(change.bar, market.bars)) {
      this.load(market);
      return;
    }
    this.close(change.bar);
  }

  /** Closes of the candles as they are drawn, oldest first. */
  closes(): number[] {
    this.forming.flush();
    this.closing.flush();
    const closed = this.candleSeries.data();
    const newer = this.newest.closesAfter(Number(closed.at(-1)?.time ?? 0));
    return [...closed.flatMap((item) => ("close" in item ? [item.close] : [])), ...newer];
  }

  /** Has the axis name the newest price, when the page's prices are written: they are one. */
  showPrice(): void {
    this.forming.flush();
    this.newest.showPrice();
  }

  /** Whether the newest price is the market's, or too old to be shown as such. */
  setCurrent = (current: boolean): void => this.newest.setCurrent(current);

  /** Bars of room right of the newest candle; negative: it is out of view. */
  room(): number {
    return this.chart.timeScale().scrollPosition();
  }

  /** Lowest and highest price in view. */
  prices(): IRange<number> | null {
    return this.candleSeries.priceScale().getVisibleRange();
  }

  setAlerts(alerts: readonly Alert[]): void {
    this.alerts = alerts;
    this.paintAlerts();
  }

  setFocus(alert: Alert | null): void {
    this.focus = alert;
    this.paintAlerts();
    this.paintBox();
  }

  /** The card under the pointer: its marker grows. One that is pointed at here stays as it is, under the hand. */
  setHovered(signalId: string | null): void {
    const hovered = signalId === this.pointed ? null : signalId;
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.paintAlerts();
  }

  /** Which alerts a golden case freezes: their markers are squares. */
  setGolden(golden: (alert: Alert) => boolean): void {
    this.golden = golden;
    this.paintAlerts();
  }

  /** Brings a bar into view without changing the zoom; does nothing if it is in view. */
  reveal(ts: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const index = scale.timeToIndex(toTime(ts), true);
    if (range === null || index === null || (index >= range.from && index <= range.to)) return;
    const width = range.to - range.from;
    scale.setVisibleLogicalRange({ from: index - width * 0.6, to: index + width * 0.4 });
  }

  /** At once: `scrollToRealTime` would glide, whatever motion the trader wants. */
  showLatest(): void {
    const scale = this.chart.timeScale();
    scale.scrollToPosition(scale.options().rightOffset, false);
  }

  /** Keyboard: negative scrolls back. */
  scroll(bars: number): void {
    const scale = this.chart.timeScale();
    scale.scrollToPosition(scale.scrollPosition() + bars, false);
  }

  zoom(factor: number): void {
    const scale = this.chart.timeScale();
    const spacing = scale.options().barSpacing * factor;
    scale.applyOptions({ barSpacing: Math.min(40, Math.max(1.5, spacing)) });
  }

  private addVolume(): void {
    this.volumeSeries = this.chart.addSeries(HistogramSeries, VOLUME, 1);
    const [main, volume] = this.chart.panes();
    main?.setStretchFactor(5);
    volume?.setStretchFactor(1);
  }

  /** The newest candle shows it at once, and stands before the closed ones until they have it. */
  private close(bar: Bar): void {
    const time = toTime(bar.ts);
    this.newest.form(bar);
    this.head = Math.max(this.head, time);
    this.closing.ask(
      () => this.candleSeries.update(candle(bar)),
      () => {
        this.volumeSeries?.update(this.volumeOf(bar));
        this.newest.close(bar);
        if (this.alerts.some((alert) => alert.ts >= bar.ts)) this.paintAlerts(); // they waited for this bar
      },
      ...INDICATORS.map((name) => () => {
        const value = bar[name];
        if (value !== null) this.lines[name].update({ time, value });
      }),
    );
  }

  /**
   * The chart has no place for this bar or must leave some empty: the bar before is not the one
   * before, or the next one is drawn already and this one never formed.
   */
  private needsPlaces(bar: Bar, bars: readonly Bar[]): boolean {
    const previous = bars.at(-2);
    if (previous !== undefined && bar.seq - previous.seq > 1) return true;
    const time = toTime(bar.ts);
    return time < this.head && this.chart.timeScale().timeToIndex(time) === null;
  }

  private paintAlerts(): void {
    const bars = this.market?.bars ?? [];
    const first = bars[0]?.ts ?? Number.POSITIVE_INFINITY;
    const shown = this.alerts.filter((alert) => alert.ts >= first).sort((a, b) => a.ts - b.ts);
    this.marks.set(
      shown
        .filter((alert) => alert.delivered)
        .flatMap((alert) => {
          const bar = barAt(bars, alert.ts, Number.POSITIVE_INFINITY); // before its own has closed, the last one
          return bar === undefined ? [] : [{ bar, marker: this.marker(alert, bar.ts) }];
        }),
    );
    this.held.set(
      shown
        .filter((alert) => !alert.delivered)
        .flatMap((alert) => {
          const bar = this.barOf(alert);
          if (!bar) return [];
          const { signalId: id, direction } = alert;
          const price = direction === "long" ? bar.low : bar.high;
          return [{ id, direction, price, time: toTime(bar.ts), focused: this.isFocused(alert) }];
        }),
    );
  }

  /** The bar of this chart that the alert's bar lies in; null if it is not loaded. */
  private barOf(alert: Alert): Candle | null {
    const { market } = this;
    if (market === null) return null;
    if (alert.timeframe === this.setup.timeframe) return findBar(market.bars, alert.seq) ?? null;
    return barAt(market.bars, alert.ts, TIMEFRAME_MS[this.setup.timeframe]) ?? market.forming;
  }

  private isFocused(alert: Alert): boolean {
    return this.focus?.signalId === alert.signalId || this.hovered === alert.signalId;
  }

  private marker(alert: Alert, ts: number): SeriesMarker<Time> {
    const { tokens } = this.setup;
    const long = alert.direction === "long";
    const missed = alert.label?.label === "missed";
    const golden = this.golden(alert);
    const focused = this.isFocused(alert);
    return {
      id: alert.signalId,
      time: toTime(ts),
      position: long ? "belowBar" : "aboveBar",
      shape: golden ? "square" : missed ? "circle" : long ? "arrowUp" : "arrowDown",
      color: golden ? tokens.gold : long ? tokens.up : tokens.down,
      size: focused ? 1.6 : 1, // no word: it would lie across candles, and the arrow says it
    };
  }

  private paintBox(): void {
    const alert = this.focus;
    const mark = alert && focusMark(alert, this.barOf(alert)?.ts ?? alert.ts, this.sessionEnds, this.setup.timeframe);
    this.box.set(mark ? [mark] : []);
  }

  private onClick(param: MouseEventParams): void {
    const id = param.hoveredInfo?.objectId;
    if (typeof id === "string") this.events.pick(id);
  }

  private onMove(param: MouseEventParams): void {
    const id = param.hoveredInfo?.objectId;
    const over = typeof id === "string" ? id : null;
    if (over !== this.pointed) {
      this.pointed = over;
      this.chart.chartElement().toggleAttribute("data-over-marker", over !== null);
      this.events.hover(over);
    }
    const bars = this.market?.bars;
    if (param.time === undefined || bars === undefined) {
      this.events.inspect(null);
      return;
    }
    this.events.inspect(barAt(bars, Number(param.time) * 1000, 1) ?? null);
  }
}

