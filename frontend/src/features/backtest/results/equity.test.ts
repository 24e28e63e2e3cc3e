import { expect, test } from "vitest";

import { makeTrigger } from "@/testing/backtests";

import { barriersOf, barsAround, view } from "./barriers";
import { equityPoints, pointAt } from "./equity";

test("drawdown is the distance below the highest equity so far", () => {
  const points = equityPoints([
    [1_000, 1.45],
    [2_000, 0.4],
    [3_000, 1.85],
  ]);
  expect(points.map((point) => point.drawdown)).toEqual([0, expect.closeTo(-1.05), 0]);
});

test("a run that only loses has its start as the peak", () => {
  expect(equityPoints([[1_000, -1.05]])[0]?.drawdown).toBe(-1.05);
});

test("exits in one bar are one point: the last equity, the deepest drawdown", () => {
  const points = equityPoints([
    [1_000, -1.05],
    [1_000, 0.4],
  ]);
  expect(points).toEqual([{ time: 1, equity: 0.4, drawdown: -1.05 }]);
});

test("the other curve stands at its last point before", () => {
  const points = equityPoints([
    [1_000, 1],
    [5_000, 2],
  ]);
  expect(pointAt(points, 4)?.equity).toBe(1);
  expect(pointAt(points, 0)).toBeNull();
});

test("stop and target follow from the exit: unit = direction · (exit − entry) / (R + cost)", () => {
  expect(barriersOf(makeTrigger(0))).toEqual({ entry: 100, stop: 98, target: 103 });
  const short = makeTrigger(0, { direction: "short" });
  expect(barriersOf({ ...short, outcome: short.outcome && { ...short.outcome, exitPrice: 97 } })).toEqual({ entry: 100, stop: 102, target: 97 });
});

test("an open outcome shows its entry alone, one that is to come shows nothing", () => {
  expect(barriersOf(makeTrigger(0, {}, null))).toEqual({ entry: 100, stop: null, target: null });
  expect(barriersOf(makeTrigger(0, { outcome: null }))).toBeNull();
});

test("the bars around a trigger hold its exit", () => {
  const trigger = makeTrigger(100);
  const { from, to } = barsAround(trigger, "1m");
  expect(from).toBeLessThan(trigger.ts);
  expect(to).toBeGreaterThan(trigger.outcome?.exitTs ?? Infinity);
});

test("a session's first trigger has the bars of the session before it, and opens on the last of them", () => {
  const trigger = makeTrigger(100);
  const holidays = 4 * 86_400_000;
  expect(barsAround(trigger, "1m").from).toBeLessThan(trigger.ts - holidays);
  const times = Array.from({ length: 500 }, (_, index) => index * 60);
  expect(view(times, 400 * 60)).toEqual({ from: 340, to: 501 });
  expect(view(times, 10 * 60)).toEqual({ from: 0, to: 501 });
});
