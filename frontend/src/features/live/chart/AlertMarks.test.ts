import { createChart, LineSeries, type IChartApi, type SeriesMarker, type Time, type UTCTimestamp } from "lightweight-charts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { AlertMarks, type Marked } from "./AlertMarks";

const MINUTE = 60_000;

function mark(minute: number, id = `s${minute}`): Marked {
  const marker: SeriesMarker<Time> = { id, time: (minute * 60) as UTCTimestamp, position: "belowBar", shape: "arrowUp", color: "#fff" };
  return { bar: { ts: minute * MINUTE, open: 1, high: 2, low: 0, close: 1 }, marker };
}

describe("markers of alerts", () => {
  let chart: IChartApi;
  let marks: AlertMarks;
  const marked = (): number[] => (chart.panes()[0]?.getSeries().at(-1)?.data() ?? []).map((item) => Number(item.time) / 60);

  beforeEach(() => {
    chart = createChart(document.createElement("div"));
    chart.addSeries(LineSeries).setData([1, 2, 3, 4, 5].map((minute) => ({ time: (minute * 60) as UTCTimestamp, value: 1 })));
    marks = new AlertMarks(chart);
  });
  afterEach(() => chart.remove());

  it("stand on the bars of their alerts, each bar once", () => {
    marks.set([mark(2), mark(4), mark(4, "another")]);
    expect(marked()).toEqual([2, 4]);
    marks.set([mark(2), mark(4), mark(5)]);
    expect(marked()).toEqual([2, 4, 5]);
  });

  it("take an older alert in between", () => {
    marks.set([mark(2), mark(5)]);
    marks.set([mark(2), mark(3), mark(5)]);
    expect(marked()).toEqual([2, 3, 5]);
  });

  it("are laid anew with the chart's bars", () => {
    marks.set([mark(2), mark(5)]);
    marks.clear();
    expect(marked()).toEqual([]);
    marks.set([mark(3)]);
    expect(marked()).toEqual([3]);
  });
});
