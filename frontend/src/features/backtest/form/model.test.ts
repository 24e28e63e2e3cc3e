import { expect, test } from "vitest";

import type { Instrument } from "@/shared/api/types";
import { EMA_CROSS } from "@/testing/backtests";

import { axisAround, axisCount, formOf, formOfSweep, initialForm, missing, paramFields, runRequest, sweepRequest, variantCount } from "./model";

const SPY: Instrument = {
  symbol: "SPY",
  name: "S&P 500 ETF",
  calendar: "XNYS",
  timeZone: "America/New_York",
  tickSize: 0.01,
  assetClass: "equity",
  vendorTicker: "SPY",
  dataRange: { from: Date.UTC(2013, 8, 30, 13, 30), to: Date.UTC(2013, 9, 11, 20) },
};
const RULES = [EMA_CROSS];

test("a new form holds the dates that there are and the rule's defaults", () => {
  const form = initialForm([SPY], RULES);
  expect(form).toMatchObject({ symbol: "SPY", timeframe: "1m", start: "2013-09-30", end: "2013-10-11" });
  expect(form.rules).toEqual([{ ruleId: "ema_cross", params: { fast: 20, slow: 50 } }]);
});

test("without bars nothing can be run, and the form says why", () => {
  const form = initialForm([{ ...SPY, dataRange: null }], RULES);
  expect(missing(form, false)).toBe("No symbol has bars yet.");
});

test("a preset's rule by name alone gets its defaults, and what is given wins", () => {
  const asked = { symbol: "SPY", timeframe: "5m" as const, start: "2013-10-07", end: "2013-10-08" };
  const form = formOf({ ...asked, rules: ["ema_cross", { ruleId: "ema_cross", params: { fast: 9 } }] }, RULES, "XNYS");
  expect(form.rules.map((rule) => rule.params)).toEqual([
    { fast: 20, slow: 50 },
    { fast: 9, slow: 50 },
  ]);
  expect(form).toMatchObject({ session: "regular", governor: false });
});

test("moments become session dates of the exchange; an exclusive end is the date before it ends", () => {
  const asked = { symbol: "SPY", timeframe: "1m" as const, rules: ["ema_cross"] };
  const [start, end] = [Date.UTC(2013, 9, 7, 13, 30), Date.UTC(2013, 9, 8, 20)];
  expect(formOf({ ...asked, start, end }, RULES, "XNYS")).toMatchObject({ start: "2013-10-07", end: "2013-10-08" });
  const midnight = Date.UTC(2013, 9, 9);
  expect(formOf({ ...asked, start, end: midnight }, RULES, "24/7").end).toBe("2013-10-08");
});

test("an emptied field is not sent: the server's default stands", () => {
  const form = initialForm([SPY], RULES);
  form.rules = [{ ruleId: "ema_cross", params: { fast: "", slow: 60 } }];
  expect(runRequest(form).rules).toEqual([{ ruleId: "ema_cross", params: { slow: 60 } }]);
});

test("one chosen day is its own end", () => {
  const form = { ...initialForm([SPY], RULES), start: "2013-10-07", end: null };
  expect(runRequest(form)).toMatchObject({ start: "2013-10-07", end: "2013-10-07" });
});

test("a sweep varies some parameters and holds the others", () => {
  const form = { ...initialForm([SPY], RULES), axes: { fast: { from: 5, to: 20, step: 5 } } };
  expect(sweepRequest(form)).toMatchObject({
    ruleId: "ema_cross",
    grid: { fast: { from: 5, to: 20, step: 5 } },
    params: { slow: 50 },
    walkForward: null,
  });
  expect(variantCount(form.axes)).toBe(4);
  expect(missing({ ...form, axes: {} }, true)).toBe("Vary at least one parameter.");
});

test.each([
  [{ from: 0, to: 0.3, step: 0.1 }, 4],
  [{ from: 5, to: 4, step: 1 }, 0],
  [{ from: 5, to: 9, step: 0 }, 0],
  [{ from: "" as const, to: 9, step: 1 }, 0],
])("an axis counts its values as the server does: %o", (axis, count) => {
  expect(axisCount(axis)).toBe(count);
});

test("an axis around a value stays within the rule's bounds", () => {
  const fast = paramFields(EMA_CROSS.params)[0];
  if (fast === undefined) throw new Error("no field");
  expect(axisAround(fast, 20)).toEqual({ from: 10, to: 30, step: 5 });
  expect(axisAround(fast, 2).from).toBe(2);
});

test("an earlier sweep comes back into the form", () => {
  const earlier = {
    symbol: "SPY",
    timeframe: "1m" as const,
    session: "regular" as const,
    start: Date.UTC(2013, 9, 7, 13, 30),
    end: Date.UTC(2013, 9, 8, 20),
    ruleId: "ema_cross",
    grid: { fast: [5, 10, 15] },
    params: { slow: 80 },
    walkForward: { train: 10, test: 5 },
  };
  const form = formOfSweep(earlier, RULES, "XNYS");
  expect(form.axes).toEqual({ fast: { from: 5, to: 15, step: 5 } });
  expect(form.rules[0]?.params).toMatchObject({ slow: 80 });
  expect(form.walkForward).toEqual({ train: 10, test: 5 });
});
