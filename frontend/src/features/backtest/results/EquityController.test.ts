import type { IChartApi, UTCTimestamp } from "lightweight-charts";
import { afterEach, expect, test, vi } from "vitest";

import * as options from "@/shared/ui/chartOptions";
import { tokensFor } from "@/shared/ui/tokens";

import { EquityController } from "./EquityController";

const DAY = 86_400;
const POINTS = Array.from({ length: 400 }, (_, index) => ({ time: ((index + 1) * DAY) as UTCTimestamp, equity: index / 10, drawdown: -index / 20 }));

const made: EquityController[] = [];
afterEach(() => made.splice(0).forEach((controller) => controller.destroy()));

function shown(): IChartApi {
  const make = vi.spyOn(options, "makeChart");
  const container = document.createElement("div");
  container.getBoundingClientRect = () => new DOMRect(0, 0, 832, 248); // nothing is laid out here
  const controller = new EquityController(container, { tokens: tokensFor("dark"), calendar: "XNYS", inspect: () => undefined });
  made.push(controller);
  controller.show(POINTS, null);
  return make.mock.results[0]?.value as IChartApi;
}

test("another size of the page shows the same stretch of the run", () => {
  expect(shown().timeScale().options().lockVisibleTimeRangeOnResize).toBe(true);
});

test("the deepest drawdown is told above the chart, not upon its scale", () => {
  const [, below] = shown().panes();
  expect(below?.getSeries().map((series) => series.options().lastValueVisible)).toEqual([false]);
});
