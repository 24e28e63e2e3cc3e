import { expect, it } from "vitest";

import { chartOptions, makeChart } from "./chartOptions";
import { tokensFor } from "./tokens";

it("is no table to a screen reader, though the library lays it out in one", () => {
  const chart = makeChart(document.createElement("div"), chartOptions({ tokens: tokensFor("dark"), calendar: "XNYS" }));
  const tables = [...chart.chartElement().querySelectorAll("table")];
  expect(tables.map((table) => table.getAttribute("role"))).toEqual(["presentation"]);
  chart.remove();
});
