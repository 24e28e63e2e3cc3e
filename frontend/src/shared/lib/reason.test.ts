import { expect, it } from "vitest";

import { reasonWords } from "./reason";

it.each([
  ["confidence from 0.626 (base 0.60, score -0.26)", "confidence from 62.6 (base 60.0, score \u22120.26)"],
  ["confidence from 0.630 (base 0.60, score -0.42, counted as -0.30)", "confidence from 63.0 (base 60.0, score \u22120.42, counted as \u22120.30)"],
  ["confidence 0.58 < 0.63 (base 0.60, score -0.41)", "confidence 58 < 63.0 (base 60.0, score \u22120.41)"],
  ["confidence 0.6298 < 0.6300 (base 0.60, score 0.12)", "confidence 62.98 < 63.00 (base 60.0, score 0.12)"],
  ["daily loss -3.15 ≤ -3.00 R (trades), locked until 16:00", "daily loss \u22123.15R ≤ \u22123.00R (trades), locked until 16:00"],
  ["EV 0.07 ≥ 0.05 R (p 0.45)", "EV +0.07R ≥ +0.05R (p 0.45)"],
  ["EV -0.02 < 0.00 R (p 0.41)", "EV \u22120.02R < 0.00R (p 0.41)"],
  ["cooldown 1 h 25 min 24 s: 60 × 1.42", "cooldown 1 h 25 min 24 s: 60 × 1.42"],
])("%s", (said, shown) => {
  expect(reasonWords(said)).toBe(shown);
});
