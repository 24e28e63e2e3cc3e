import { expect, it } from "vitest";

import type { Instrument } from "@/shared/api/types";

import { dayChange, toneOf } from "./Watchlist";

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2013, 9, 7, 13, 30);
const market = (calendar: "XNYS" | "24/7"): Instrument => ({ calendar }) as Instrument;
const session = (open: number, ...closes: number[]): { ts: number; close: number }[] =>
  closes.map((close, index) => ({ ts: open + index * HOUR, close }));

it("is measured from the close of the session before", () => {
  const bars = [...session(MONDAY - 72 * HOUR, 90, 95), ...session(MONDAY, 99, 100), ...session(MONDAY + 24 * HOUR, 101, 102, 103)];
  expect(dayChange(bars, 110, market("XNYS"))).toBeCloseTo(0.1);
  expect(dayChange(bars.slice(0, 4), 114, market("XNYS"))).toBeCloseTo(0.2);
  expect(dayChange(bars.slice(3, 5), 110, market("XNYS"))).toBeCloseTo(0.1);
});

it("goes by the exchange's date: an evening in New York is tomorrow in UTC", () => {
  const bars = session(Date.UTC(2013, 9, 7, 22), 50, 60, 70, 80); // two of them after midnight, UTC
  expect(dayChange(bars, 90, market("24/7"))).toBeCloseTo(0.5);
  expect(dayChange(bars, 90, market("XNYS"))).toBeNull();
});

it("has the colour of what is written", () => {
  expect([0.0123, -0.0123, -0.00004, 0, null].map(toneOf)).toEqual(["up", "down", "flat", "flat", "flat"]);
});

it("is nothing without a price or a session before", () => {
  expect(dayChange([], 1, market("XNYS"))).toBeNull();
  expect(dayChange(session(MONDAY, 1, 2), 3, market("XNYS"))).toBeNull();
  expect(dayChange(session(MONDAY, 1, 2), null, market("XNYS"))).toBeNull();
});
