import { describe, expect, it } from "vitest";

import type { FeedbackResult } from "@/shared/api/types";

import { savedText, undoneText } from "./words";

const result = {
  id: "f1",
  signalId: "s1",
  label: "bad",
  notes: "",
  outcomeKnown: false,
  score: { before: -0.13, after: -0.21 },
  gates: {
    before: { minConfidence: 0.613, cooldownSeconds: 1017 },
    after: { minConfidence: 0.621, cooldownSeconds: 1089 },
  },
} as FeedbackResult;

describe("what a label changed", () => {
  it("is said with before and after", () => {
    expect(savedText(result)).toBe("Bad saved. Score \u22120.13 → \u22120.21, gate 61.3 → 62.1.");
  });
  it("has as many decimals as it takes to see it", () => {
    const little = {
      ...result,
      score: { before: -0.2931, after: -0.2949 },
      gates: { before: { ...result.gates.before, minConfidence: 0.62911 }, after: { ...result.gates.after, minConfidence: 0.62941 } },
    };
    expect(savedText(little)).toBe("Bad saved. Score \u22120.293 → \u22120.295, gate 62.91 → 62.94.");
  });
  it("says that nothing moved, as by the same label again", () => {
    const same = { ...result, score: { before: -0.29, after: -0.29 }, gates: { before: result.gates.before, after: result.gates.before } };
    expect(savedText(same)).toBe("Bad saved. Score stays \u22120.29, gate stays 61.3.");
  });
  it("says that a gate at its limit stays there, whatever the score does", () => {
    const limit = { ...result.gates.before, minConfidence: 0.63 };
    const clamped = { ...result, score: { before: -0.47, after: -0.52 }, gates: { before: limit, after: limit } };
    expect(savedText(clamped)).toBe("Bad saved. Score \u22120.47 → \u22120.52, gate stays 63.0.");
  });
  it("says hindsight where the outcome was known", () => {
    expect(savedText({ ...result, outcomeKnown: true })).toMatch(/^Bad saved, with hindsight\. /);
  });
  it("says what an undo left", () => {
    expect(undoneText({ ...result, label: null })).toMatch(/^Undone, now no label\. /);
    expect(undoneText({ ...result, label: "good" })).toMatch(/^Undone, now Good\. /);
  });
});
