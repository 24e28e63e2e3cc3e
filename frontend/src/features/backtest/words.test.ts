import { expect, test } from "vitest";

import { makeRun } from "@/testing/backtests";

import { assumptions, count, dates, expectancyWithInterval, probability, regimeWords, runTitle } from "./words";

test("thousands are apart by a narrow space, which keeps the line together", () => {
  expect(count(7790)).toBe("7\u202f790");
  expect(count(-1234567)).toBe("\u22121\u202f234\u202f567");
  expect(count(null)).toBe("–");
});

test("an expectancy has its interval and n, and below 20 says too few", () => {
  const estimate = { value: 0.22, low: -0.05, high: 0.4 };
  expect(expectancyWithInterval(estimate, 41)).toBe("+0.22R (\u22120.05…+0.40, n 41)");
  expect(expectancyWithInterval(estimate, 12)).toBe("too few (n 12)");
  expect(expectancyWithInterval(estimate, 0)).toBe("–");
});

test("a p-value is never printed as zero", () => {
  expect(probability(0.0004)).toBe("< 0.001");
  expect(probability(0.0214)).toBe("0.021");
});

test("dates are the exchange's, the end included", () => {
  expect(dates(Date.UTC(2013, 9, 7, 13, 30), Date.UTC(2013, 9, 11, 20), "XNYS")).toBe("Oct 07 – Oct 11, 2013");
  expect(dates(Date.UTC(2012, 11, 31, 14, 30), Date.UTC(2013, 0, 3), "24/7")).toBe("Dec 31, 2012 – Jan 02, 2013");
});

test("a run is named by its symbol, timeframe and rules", () => {
  expect(runTitle(makeRun(null))).toBe("SPY 1m, ema_cross");
});

test("daily outcomes do not end with a session", () => {
  expect(assumptions({ session: "regular", timeframe: "1d" })).toContain("out after 30 bars;");
  expect(assumptions({ session: "extended", timeframe: "1m" })).toContain("30 bars or the session's end");
});

test("regimes in words", () => {
  expect(regimeWords("range/high")).toBe("Range, high volatility");
});
