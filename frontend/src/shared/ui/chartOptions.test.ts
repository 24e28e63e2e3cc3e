import type { TimeMark } from "lightweight-charts";
import { expect, it, vi } from "vitest";

import { chartOptions, makeChart } from "./chartOptions";
import { tokensFor } from "./tokens";

it("is no table to a screen reader, though the library lays it out in one", () => {
  const chart = makeChart(document.createElement("div"), chartOptions({ tokens: tokensFor("dark"), calendar: "XNYS" }));
  const tables = [...chart.chartElement().querySelectorAll("table")];
  expect(tables.map((table) => table.getAttribute("role"))).toEqual(["presentation"]);
  chart.remove();
});

it("leaves away a time that the end of the axis would cut through", () => {
  const chart = makeChart(document.createElement("div"), chartOptions({ tokens: tokensFor("dark"), calendar: "XNYS" }));
  vi.spyOn(chart.timeScale(), "width").mockReturnValue(300);
  const weight = 20 as TimeMark["weight"];
  const marks = [4, 110, 216, 290].map((coord): TimeMark => ({ coord, label: `at ${coord}`, weight, needAlignCoordinate: false }));
  expect(chart.horzBehaviour().maxTickMarkWeight(marks)).toBe(weight);
  expect(marks.map((mark) => mark.label)).toEqual(["", "at 110", "at 216", ""]);
  chart.remove();
});
