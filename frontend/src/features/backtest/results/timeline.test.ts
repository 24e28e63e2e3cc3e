import { expect, test } from "vitest";

import { makeTrigger } from "@/testing/backtests";

import { unitHeight } from "./drawTimeline";
import { binAt, bins, fateOf, labelled, timelineOf } from "./timeline";

const WEEK = { start: Date.UTC(2013, 9, 4, 13, 30), end: Date.UTC(2013, 9, 8, 20), timeframe: "1m", session: "regular", calendar: "XNYS" } as const;

test("sessions stand side by side without the weekend", () => {
  const { sessions, placed } = timelineOf([makeTrigger(0), makeTrigger(195)], WEEK);
  expect(sessions).toEqual(["2013-10-04", "2013-10-07", "2013-10-08"]);
  expect(placed.map((item) => item.x)).toEqual([1, 1.5]);
});

test("a crypto week has seven days", () => {
  const { sessions } = timelineOf([], { ...WEEK, calendar: "24/7" });
  expect(sessions).toHaveLength(5);
});

test("a daily bar stands in the middle of the date that it carries", () => {
  const trigger = { ...makeTrigger(0), ts: Date.UTC(2013, 9, 7) };
  const { placed } = timelineOf([trigger], { ...WEEK, timeframe: "1d" });
  expect(placed[0]?.x).toBe(1.5);
});

test("a win is above zero R; a trigger without an outcome is neither", () => {
  expect([1.45, 0, -1.05, null].map((r) => fateOf(makeTrigger(0, {}, r)))).toEqual(["win", "loss", "loss", "unknown"]);
});

test("a column stacks wins, then losses, then the unknown, each side apart", () => {
  const triggers = [makeTrigger(0, {}, null), makeTrigger(1, {}, -1.05), makeTrigger(2), makeTrigger(2, { direction: "short" })];
  const { placed } = timelineOf(triggers, WEEK);
  const found = bins(placed, { from: 0, to: 3 }, 300, 6);
  expect(found).toHaveLength(2);
  expect(found.find((bin) => bin.direction === "long")?.items.map((item) => item.fate)).toEqual(["win", "loss", "unknown"]);
  expect(unitHeight(found)).toBe(7);
});

test("the pointer finds the nearest column on its own side", () => {
  const { placed } = timelineOf([makeTrigger(0), makeTrigger(2, { direction: "short" })], WEEK);
  const found = bins(placed, { from: 0, to: 3 }, 300, 6);
  expect(binAt(found, 104, true, 6, 10)?.direction).toBe("long");
  expect(binAt(found, 104, false, 6, 10)?.direction).toBe("short");
  expect(binAt(found, 150, true, 6, 10)).toBeNull();
});

test("session labels keep their distance", () => {
  expect(labelled({ from: 0, to: 20 }, 600, 60)).toHaveLength(10);
  expect(labelled({ from: 0, to: 2 }, 600, 60)).toEqual([0, 1]);
});
