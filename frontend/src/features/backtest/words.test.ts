import { expect, test } from "vitest";

import { makeRun } from "@/testing/backtests";

import { assumptions, expectancyWithInterval, probability, ruleWords, runTitle } from "./words";

test("an expectancy has its interval and n, and below 20 says too few", () => {
  const estimate = { value: 0.22, low: -0.05, high: 0.4 };
  expect(expectancyWithInterval(estimate, 41)).toBe("+0.22R (\u22120.05…+0.40, n\u00a041)");
  expect(expectancyWithInterval(estimate, 12)).toBe("too few (n\u00a012)");
  expect(expectancyWithInterval(estimate, 0)).toBe("–");
});

test("a p-value is never printed as zero", () => {
  expect(probability(0.0004)).toBe("< 0.001");
  expect(probability(0.0214)).toBe("0.021");
});

test("a run is named by its symbol, timeframe and the names of its rules", () => {
  const nameOf = (ruleId: string): string => (ruleId === "ema_cross" ? "EMA cross" : ruleId);
  expect(runTitle(makeRun(null), nameOf)).toBe("SPY 1m, EMA cross");
  expect(ruleWords({ ruleId: "ema_cross", params: { fast: 20, slow: 50 } }, nameOf)).toBe("EMA cross 20/50");
  expect(ruleWords({ ruleId: "ema_cross", params: {} }, nameOf)).toBe("EMA cross");
});

test("daily outcomes do not end with a session", () => {
  expect(assumptions({ session: "regular", timeframe: "1d" })).toContain("out after 30 bars;");
  expect(assumptions({ session: "extended", timeframe: "1m" })).toContain("30 bars or the session's end");
});
