import { describe, expect, it } from "vitest";

import type { Alert, RuleWindow, ScoreStep } from "@/shared/api/types";

import { againstBreakEven, causeWords, heldBack, labelMatrix } from "./model";

const alert = (r: number | null, more: Partial<Alert> = {}): Alert =>
  ({
    confidence: 0.65,
    delivered: true,
    label: null,
    outcome: {
      r,
      verdict: r === null ? null : r > 0.25 ? "good" : r < -0.25 ? "bad" : "neutral",
      maturedAt: r === null ? null : "2013-10-07T14:00:00Z",
    },
    ...more,
  }) as Alert;
const labelled = (label: string): Partial<Alert> => ({ label: { id: "1", label, notes: "", outcomeKnown: false } }) as Partial<Alert>;

describe("rule detail", () => {
  it("sets labels against outcomes", () => {
    const matrix = labelMatrix([alert(1.45, labelled("good")), alert(-1.05, labelled("good")), alert(null), alert(0.1)]);
    expect(matrix.good).toEqual({ good: 1, neutral: 0, bad: 1, open: 0 });
    expect(matrix.none).toEqual({ good: 0, neutral: 1, bad: 0, open: 1 });
  });

  it("sums what holding back saved and cost, matured only", () => {
    const off = { delivered: false };
    expect(heldBack([alert(-1.05, off), alert(1.45, off), alert(null, off), alert(-1.05)])).toEqual({ n: 2, saved: 1.05, cost: 1.45 });
  });

  it("judges against break-even only with enough cases", () => {
    const window = (matured: number, low: number, high: number): RuleWindow =>
      ({ matured, hitRateLow: low, hitRateHigh: high }) as RuleWindow;
    expect(againstBreakEven(window(41, 0.43, 0.72))).toBe("above");
    expect(againstBreakEven(window(41, 0.2, 0.41))).toBe("below");
    expect(againstBreakEven(window(41, 0.3, 0.6))).toBe("unclear");
    expect(againstBreakEven(window(12, 0.5, 0.8))).toBe("unclear");
  });

  it("names what moved a score", () => {
    expect(causeWords({ cause: "label", detail: { label: "bad" } } as unknown as ScoreStep)).toBe("Label bad");
    expect(causeWords({ cause: "day", detail: {} } as unknown as ScoreStep)).toBe("New day");
  });
});
