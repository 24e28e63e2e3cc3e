import { createChart, HistogramSeries, LineSeries, type IChartApi, type UTCTimestamp } from "lightweight-charts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { toTime, volumeBar } from "@/shared/ui/chartSeries";

import { NewestCandle, type Drawable } from "./NewestCandle";

const MINUTE = 60_000;

function at(minute: number, close: number): Drawable {
  return { ts: minute * MINUTE, open: close, high: close, low: close, close, volume: minute };
}

describe("the newest candle", () => {
  let chart: IChartApi;
  let newest: NewestCandle;
  const volumes = (): number[] =>
    (chart.panes()[1]?.getSeries().at(-1)?.data() ?? []).flatMap((item) => ("value" in item ? [item.value] : []));

  beforeEach(() => {
    chart = createChart(document.createElement("div"));
    chart.addSeries(HistogramSeries, {}, 1);
    // The places of the closed bars.
    chart.addSeries(LineSeries).setData([1, 2, 3, 4, 5].map((minute) => ({ time: (minute * 60) as UTCTimestamp, value: 1 })));
    newest = new NewestCandle(chart, { candle: {}, volume: {}, volumeBar: (bar) => volumeBar(bar, "#fff", "#000"), lineColor: "#888", span: MINUTE });
  });
  afterEach(() => chart.remove());

  it("is the last closed bar until the next one forms, its volume left to the closed bars", () => {
    newest.load(at(1, 10), null);
    expect([newest.closesAfter(0), volumes()]).toEqual([[10], []]);
    newest.form(at(2, 20));
    expect([newest.closesAfter(0), volumes()]).toEqual([[20], [2]]);
    newest.close(at(2, 21));
    expect([newest.closesAfter(0), volumes()]).toEqual([[21], []]);
    newest.close(at(3, 30));
    expect([newest.closesAfter(0), volumes()]).toEqual([[30], []]);
  });

  it("keeps a minute that still waits for its close when the next one forms", () => {
    newest.load(at(1, 10), null);
    newest.form(at(2, 20));
    newest.form(at(3, 30));
    newest.form(at(2, 22));
    expect([newest.closesAfter(0), volumes()]).toEqual([[22, 30], [2, 3]]);
    newest.close(at(2, 23));
    newest.form(at(3, 31));
    expect([newest.closesAfter(0), volumes()]).toEqual([[31], [3]]);
    newest.close(at(3, 32));
    newest.form(at(4, 40));
    expect([newest.closesAfter(0), volumes()]).toEqual([[40], [4]]);
  });

  it("leaves a closed bar as it is, whatever trades are told of it", () => {
    newest.load(at(2, 20), at(3, 30));
    newest.form(at(2, 99));
    newest.close(at(3, 31));
    newest.form(at(3, 99));
    expect(newest.closesAfter(0)).toEqual([31]);
    expect(newest.closesAfter(Number(toTime(3 * MINUTE)))).toEqual([]);
  });

  it("gives the bars to come their places, many at a time, and shows nothing there yet", () => {
    const places = (): number => chart.timeScale().timeToIndex(toTime(1_000 * MINUTE), true) ?? 0;
    newest.load(at(4, 40), at(5, 50));
    let layouts = 0;
    for (let minute = 5, before = places(); minute < 50; minute += 1, before = places()) {
      newest.close(at(minute, minute));
      expect(chart.timeScale().timeToIndex(toTime((minute + 1) * MINUTE))).toBe(minute);
      expect([newest.closesAfter(0), volumes()]).toEqual([[minute], []]);
      if (places() > before) layouts += 1;
      newest.form(at(minute + 1, 60));
      expect([newest.closesAfter(0), volumes()]).toEqual([[60], [minute + 1]]);
    }
    expect(layouts).toBe(1);
  });

  it("gives back the places that no bar took", () => {
    newest.load(at(5, 50), null);
    newest.release();
    expect(chart.timeScale().timeToIndex(toTime(6 * MINUTE))).toBeNull();
    expect(newest.closesAfter(0)).toEqual([50]);
  });

  it("names the newest price on the axis only while that is current, whenever the candle came", () => {
    newest.setCurrent(false);
    newest.load(at(1, 10), null);
    expect(newest.named).toBeNull();
    newest.setCurrent(true);
    expect(newest.named).toBe(10);
    newest.setCurrent(false);
    newest.form(at(2, 20));
    expect(newest.named).toBeNull();
    newest.setCurrent(true);
    expect(newest.named).toBe(20);
  });

  it("names another price when it is told to, not with every trade", () => {
    newest.load(at(1, 10), at(2, 20));
    expect(newest.named).toBe(20); // from the first frame on, as the legend and the watchlist do
    newest.form(at(2, 21));
    expect([newest.named, newest.closesAfter(60)]).toEqual([20, [21]]);
    newest.showPrice();
    expect(newest.named).toBe(21);
  });

  it("forgets what it showed when it is loaded anew", () => {
    newest.load(at(1, 10), at(2, 20));
    newest.form(at(3, 30));
    newest.load(undefined, null);
    expect([newest.closesAfter(0), volumes()]).toEqual([[], []]);
    newest.load(at(4, 40), at(5, 50));
    expect([newest.closesAfter(0), volumes()]).toEqual([[50], [5]]);
  });
});
