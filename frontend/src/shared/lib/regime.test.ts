import { expect, test } from "vitest";

import { regimeKeyWords, regimeWords } from "./regime";

test("a regime has the same words on every page", () => {
  expect(regimeWords({ trend: "trend", volatility: "high" })).toBe("Trend, high vol.");
  expect(regimeWords({ trend: "unknown", volatility: "unknown" })).toBe("Regime unknown, vol. unknown");
  expect(regimeKeyWords("range/normal")).toBe("Range, normal vol.");
});
