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
  it("says hindsight where the outcome was known", () => {
    expect(savedText({ ...result, outcomeKnown: true })).toMatch(/^Bad saved, with hindsight\. /);
  });
  it("says what an undo left", () => {
    expect(undoneText({ ...result, label: null })).toMatch(/^Undone, now no label\. /);
    expect(undoneText({ ...result, label: "good" })).toMatch(/^Undone, now Good\. /);
  });
});
