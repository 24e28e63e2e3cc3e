import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import type { SweepResult, Variant } from "@/shared/api/backtest";
import { EMA_CROSS, makeResult } from "@/testing/backtests";
import { renderPage } from "@/testing/render";

import { heatOf, ranked, shade } from "./model";
import { SweepView } from "./SweepView";

function variant(number: number, fast: number, slow: number, mean: number, counted = 40): Variant {
  const { metrics } = makeResult(counted);
  return {
    ...metrics,
    number,
    runKey: `k${number}`,
    params: { fast, slow },
    expectancy: { value: mean, low: mean - 0.1, high: mean + 0.1 },
    deflatedSharpe: 0.31,
  };
}

const SWEEP: SweepResult = {
  runKey: "s",
  bars: 1950,
  sessions: 5,
  axes: { fast: [5, 10], slow: [10, 40] },
  variants: [variant(0, 5, 10, -0.2), variant(1, 5, 40, 0.1), variant(2, 10, 40, 0.4, 12)],
  tried: 3,
  skipped: 1,
  best: 1,
  expectedBestSharpe: 0.07,
};

test("a cell that the rule refuses is empty, one with too few outcomes has no shade", () => {
  const heat = heatOf(SWEEP);
  expect(heat?.at(10, 10)).toBeUndefined();
  expect(heat?.at(5, 40)?.number).toBe(1);
  expect(SWEEP.variants.map((item) => shade(item, SWEEP.variants))).toEqual([-1, 0.5, 0]);
  expect(ranked(SWEEP.variants).map((item) => item.number)).toEqual([1, 0, 2]);
});

test("a sweep says how many were tried and what luck explains; a click runs the variant", async () => {
  const run = vi.fn();
  renderPage(<SweepView result={SWEEP} rule={EMA_CROSS} runVariant={run} />);
  expect(screen.getByTestId("tried")).toHaveTextContent("3");
  expect(screen.getByText(/1 refused by the rule/)).toBeVisible();
  expect(screen.getByText(/the luckiest of 3 worthless ones would show 0\.070/)).toBeVisible();
  const heat = screen.getByRole("region", { name: "Expectancy over two parameters" });
  await userEvent.click(within(heat).getByRole("button", { name: "+0.10R" }));
  expect(run).toHaveBeenCalledWith({ fast: 5, slow: 40 });
});
