import type * as Library from "lightweight-charts";
import type { MouseEventHandler, MouseEventParams, SeriesMarker, Time } from "lightweight-charts";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

import type { Bar, MarketFrame } from "@/shared/realtime/events";
import { MarketStore } from "@/shared/realtime/marketStore";
import { tokensFor } from "@/shared/ui/tokens";
import { makeAlert } from "@/testing/alerts";

import { ChartController } from "./ChartController";

const marked = vi.hoisted((): SeriesMarker<Time>[] => []);
const pointer = vi.hoisted((): { moves: MouseEventHandler<Time>[] } => ({ moves: [] }));
vi.mock("lightweight-charts", async (original) => {
  const real = await original<typeof Library>();
  const createSeriesMarkers: typeof real.createSeriesMarkers = (...args) => {
    const made = real.createSeriesMarkers(...args);
    const { setMarkers } = made;
    made.setMarkers = (markers) => {
      marked.splice(0, marked.length, ...(markers as SeriesMarker<Time>[]));
      setMarkers.call(made, markers);
    };
    return made;
  };
  type Behavior = Library.IHorzScaleBehavior<Time>;
  const createChartEx = (element: HTMLElement, behavior: Behavior, options: Library.DeepPartial<Library.ChartOptions>): Library.IChartApiBase => {
    const made = real.createChartEx<Time, Behavior>(element, behavior, options);
    const subscribe = made.subscribeCrosshairMove.bind(made);
    made.subscribeCrosshairMove = (handler) => {
      pointer.moves = [handler];
      subscribe(handler);
    };
    return made;
  };
  return { ...real, createChartEx, createSeriesMarkers };
});

const MINUTE = 60_000;
const FIRST = 29_299_050; // a Monday's ten o'clock in New York
const SYMBOL = "AAPL";

function bar(seq: number, close: number): Bar {
  return { seq, ts: seq * MINUTE, open: close, high: close, low: close, close, volume: 10, ema20: close, ema50: close, vwap: close };
}

function minute(seq: number, close: number): MarketFrame {
  return { kind: "bar", symbol: SYMBOL, timeframe: "1m", prevSeq: seq - 1, ingestTs: null, srvTs: null, bar: bar(seq, close) };
}

function second(at: number, close: number): MarketFrame {
  const seq = at / 1_000;
  return { kind: "microbar", symbol: SYMBOL, timeframe: "1s", prevSeq: null, ingestTs: null, srvTs: null, bar: { ...bar(seq, close), ts: at } };
}

/** The pointer comes over a marker, or leaves it. */
function point(objectId: string | null): void {
  const over = { type: "marker", sourceKind: "series-primitive", objectKind: "series-marker" } as const;
  const params: MouseEventParams = { seriesData: new Map(), ...(objectId !== null && { hoveredInfo: { ...over, objectId } }) };
  for (const move of pointer.moves) move(params);
}

/** Nothing is painted here either: a context that takes everything, for frames to come to their end. */
function blindCanvas(): void {
  const measureText = (): Partial<TextMetrics> => ({ width: 30, actualBoundingBoxAscent: 8, actualBoundingBoxDescent: 2 });
  const take = (): undefined => undefined;
  const context = new Proxy({ measureText }, { get: (known, name) => (name in known ? measureText : take), set: () => true });
  const spy = vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(context as never);
  onTestFinished(() => spy.mockRestore());
}

describe("a chart that follows the market", () => {
  let market: MarketStore;
  let chart: ChartController;
  let hovered: (string | null)[];
  beforeEach(() => {
    hovered = [];
    market = new MarketStore((error) => {
      throw error;
    });
    const container = document.createElement("div");
    container.getBoundingClientRect = () => new DOMRect(0, 0, 832, 600); // nothing is laid out here
    chart = new ChartController(
      container,
      { tokens: tokensFor("dark"), calendar: "XNYS", tickSize: 0.01, timeframe: "1m", indicators: ["ema20"], volume: true },
      { pick: () => undefined, hover: (id) => hovered.push(id), inspect: () => undefined, drawn: () => undefined },
    );
    market.load(SYMBOL, [bar(FIRST, 100), bar(FIRST + 1, 101)], []);
    chart.load(market.get(SYMBOL));
    market.subscribe(SYMBOL, (change) => chart.apply(change, market.get(SYMBOL)));
  });
  afterEach(() => chart.destroy());

  it("takes a minute that is closed after the next one began to form", () => {
    market.apply(second((FIRST + 2) * MINUTE, 102), 0);
    market.apply(second((FIRST + 3) * MINUTE, 103), 0);
    market.apply(minute(FIRST + 2, 102.5), 0);
    market.apply(second((FIRST + 3) * MINUTE + 1_000, 103.5), 0);
    expect(chart.closes()).toEqual([100, 101, 102.5, 103.5]);
  });

  it("keeps the newest candle as far from the edge as it was", () => {
    const room = chart.room();
    market.apply(second((FIRST + 2) * MINUTE, 102), 0);
    market.apply(minute(FIRST + 2, 102.5), 0);
    market.apply(second((FIRST + 3) * MINUTE, 103), 0);
    expect(chart.closes()).toHaveLength(4); // drawn
    expect(chart.room()).toBe(room);
  });

  it("tells the alert in focus by a larger arrow, and writes nothing across the candles", () => {
    const alert = makeAlert({ symbol: SYMBOL, seq: FIRST, ts: FIRST * MINUTE, direction: "short" });
    const other = makeAlert({ n: 2, symbol: SYMBOL, seq: FIRST + 1, ts: (FIRST + 1) * MINUTE });
    chart.setAlerts([alert, other]);
    chart.setFocus(alert);
    expect(marked.map(({ id, shape, size, text }) => ({ id, shape, size, text }))).toEqual([
      { id: "s1", shape: "arrowDown", size: 1.6, text: undefined },
      { id: "s2", shape: "arrowUp", size: 1, text: undefined },
    ]);
  });

  it("grows the arrow of the card under the pointer, not the arrow under the pointer itself: it would leave the hand", () => {
    chart.setAlerts([makeAlert({ symbol: SYMBOL, seq: FIRST, ts: FIRST * MINUTE })]);
    const sizes = (): (number | undefined)[] => marked.map(({ size }) => size);
    point("s1");
    chart.setHovered("s1"); // as the page says back to every part of it
    expect(hovered).toEqual(["s1"]);
    expect(sizes()).toEqual([1]);
    point(null);
    chart.setHovered(null);
    chart.setHovered("s1");
    expect(hovered).toEqual(["s1", null]);
    expect(sizes()).toEqual([1.6]);
  });

  it("shows an alert's target and stop as soon as it comes into focus, wherever the candles are", async () => {
    blindCanvas();
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame); // until it stands still
    expect(chart.prices()).toEqual({ from: 100, to: 101 });
    const levels = { ...makeAlert().levels, entry: 101, stop: 100, target: 140 };
    chart.setFocus(makeAlert({ symbol: SYMBOL, seq: FIRST + 1, ts: (FIRST + 1) * MINUTE, levels }));
    await vi.waitFor(() => expect(chart.prices()).toEqual({ from: 100, to: 140 }));
  });

  it("takes one that never formed, too", () => {
    market.apply(second((FIRST + 3) * MINUTE, 103), 0);
    market.apply(minute(FIRST + 2, 102.5), 0);
    expect(chart.closes()).toEqual([100, 101, 102.5, 103]);
  });
});
