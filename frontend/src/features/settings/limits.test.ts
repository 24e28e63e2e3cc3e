import { expect, test } from "vitest";

import schema from "@/shared/api/schema.yaml?raw";
import type { RiskPolicy } from "@/shared/api/types";

import { changed, FIELDS, parsed, problemOf, shown } from "./limits";

const SAVED: RiskPolicy = {
  baseConfidence: 0.6,
  cooldownSeconds: 900,
  dailyLossR: 3,
  lossStreak: 4,
  alertsPerHour: 12,
  staleAfterBars: 3,
  lossSource: "trades",
  dailyAlertBudget: null,
};

/** The bounds that the API's description gives a field of the limits. */
function boundsOf(key: string): number[] {
  const limits = schema.slice(schema.indexOf("\n    PolicyRequest:"));
  const field = limits.slice(limits.indexOf(`        ${key}:`));
  return ["minimum", "maximum"].map((name) => Number(new RegExp(`${name}: ([\\d.]+)`).exec(field)?.[1]));
}

test("the form's bounds are the server's, in the form's units", () => {
  for (const field of FIELDS) {
    const { low, high } = field.bound;
    expect([field.key, low, high]).toEqual([field.key, ...boundsOf(field.key).map((value) => shown(value, field))]);
  }
});

test("what is out of bounds is told with the bound, in the form's units", () => {
  const problems = (policy: Partial<RiskPolicy>): (string | undefined)[] =>
    FIELDS.map((field) => problemOf({ ...SAVED, ...policy }, field)).filter((text) => text !== undefined);
  expect(problems({})).toEqual([]);
  expect(problems({ baseConfidence: 1.2 })).toEqual(["Must be from 30 to 95."]);
  expect(problems({ cooldownSeconds: 20_000 })).toEqual(["Must be from 0 to 240."]);
  expect(problems({ lossStreak: 2.5, dailyAlertBudget: 5000 })).toEqual(["A whole number from 1 to 50.", "Must be from 1 to 1\u202f000."]);
});

test("a field set back to what is saved is no change", () => {
  const once = changed({}, SAVED, "lossStreak", 5);
  expect(once).toEqual({ lossStreak: 5 });
  expect(changed(once, SAVED, "lossStreak", 4)).toEqual({});
});

test("minutes and hundredths come back as seconds and shares", () => {
  expect(FIELDS.slice(0, 2).map((field) => parsed(shown(SAVED[field.key], field) ?? "", field))).toEqual([0.6, 900]);
});
