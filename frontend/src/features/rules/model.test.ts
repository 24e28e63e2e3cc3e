import { describe, expect, it } from "vitest";

import type { HeldByGate, MatrixRow, RuleWindow, ScoreStep } from "@/shared/api/types";

import {
  againstBreakEven,
  agreement,
  causeWords,
  cellKind,
  countedLate,
  gateLimit,
  heldTotal,
  layout,
  rowTotal,
  scoreLimit,
  scorePoints,
  scoreY,
  since,
  stairs,
} from "./model";

const row = (label: MatrixRow["label"], good: number, neutral: number, bad: number, open: number): MatrixRow => ({ label, good, neutral, bad, open });
const step = (cause: ScoreStep["cause"], detail: Record<string, unknown>, more: Partial<ScoreStep> = {}): ScoreStep =>
  ({ id: 1, cause, detail, marketTs: "2013-10-07T14:00:00Z", score: { before: 0, after: 0 }, ...more }) as ScoreStep;

describe("rule detail", () => {
  it("counts where labels and outcomes agree", () => {
    const matrix = [row("good", 5, 2, 3, 1), row("bad", 1, 0, 4, 2), row("late", 9, 0, 9, 0), row("none", 7, 7, 7, 7)];
    expect(agreement(matrix)).toEqual({ agree: 9, disagree: 4 });
    expect(cellKind("missed", "good")).toBeNull();
    expect(cellKind("good", "open")).toBeNull();
  });

  it("counts a row of the matrix", () => {
    expect(rowTotal(row("good", 5, 2, 3, 1))).toBe(11);
  });

  it("names the end of the gate's way, where a score moves it no further", () => {
    expect([-1, -0.3, -0.29, 0, 0.29, 0.3, 1].map(gateLimit)).toEqual(["max", "max", null, null, null, "min", "min"]);
  });

  it("sums what the gates saved and cost", () => {
    const held: HeldByGate[] = [
      { reasonCode: "confidence", n: 3, saved: 2.1, cost: 1.45 },
      { reasonCode: "cooldown", n: 1, saved: 0, cost: 1.45 },
    ];
    const total = heldTotal(held);
    expect([total.n, total.saved, total.cost]).toEqual([4, 2.1, 2.9]);
    expect(total.net).toBeCloseTo(-0.8);
    expect(heldTotal([])).toEqual({ n: 0, saved: 0, cost: 0, net: 0 });
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
    expect(causeWords(step("label", { labelBefore: null, labelAfter: "bad", symbol: "SPY" }))).toBe("Label Bad on SPY");
    expect(causeWords(step("label", { labelBefore: "good", labelAfter: "late" }))).toBe("Label Good → Late");
    expect(causeWords(step("undo", { labelBefore: "bad", labelAfter: null }))).toBe("Undo, back to no label");
    expect(causeWords(step("outcome", { r: -1.05 }))).toBe("Outcome −1.05R");
    expect(causeWords(step("trade", { rBefore: 1, r: null }))).toBe("Trade removed");
    expect(causeWords(step("day", { first: true }))).toBe("Begins with everybody's results");
    expect(causeWords(step("day", { first: false }))).toBe("New day, counted anew with everybody's results");
  });

  it("tells which steps were counted after one of a later time", () => {
    const at = (id: number, time: string): ScoreStep => step("outcome", {}, { id, marketTs: `2013-10-07T${time}Z` });
    const newestFirst = [at(4, "19:30:00"), at(3, "18:58:00"), at(2, "19:15:05"), at(1, "19:10:00")];
    expect([...countedLate(newestFirst)]).toEqual([3]);
  });

  it("says where the score stands if its last step does not lead there", () => {
    const last = [step("label", {}, { score: { before: -0.21, after: -0.204 } })];
    expect(since(last, -0.29)).toMatch(/^Now −0\.29: since the last step/);
    expect(since(last, -0.2042)).toBeNull();
    expect(since([], -0.29)).toBeNull();
    expect(since(last, undefined)).toBeNull();
  });

  it("draws the score as stairs from its first value, oldest left", () => {
    const newestFirst = [
      step("label", {}, { score: { before: 0.5, after: -1 } }),
      step("label", {}, { score: { before: 0, after: 0.5 } }),
    ];
    const points = scorePoints(newestFirst);
    expect(points.map((point) => point.score)).toEqual([0.5, -1]);
    const limit = scoreLimit(points);
    expect(limit).toBe(1);
    expect(scoreLimit(points.slice(0, 1))).toBe(0.5);
    const places = layout(points, limit, 100, 40);
    expect(places).toEqual([
      { x: 50, y: 10 },
      { x: 100, y: 40 },
    ]);
    expect(scoreY(0.1, 0.1, 40)).toBe(0);
    expect(stairs(places, 20)).toBe("M0,20.0H50.0V10.0H100.0V40.0");
  });
});
