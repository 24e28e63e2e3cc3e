import { describe, expect, it } from "vitest";

import { budget, budgetShare, burnRate, isBurning, promise, share, sparkline, stateOf, windowWords } from "./model";

describe("words", () => {
  it("never rounds a miss away", () => {
    expect(share(0.99999)).toBe("99.99 %");
    expect(share(1)).toBe("100 %");
    expect(share(0.95)).toBe("95 %");
    expect(share(null)).toBe("–");
  });
  it("says a promise as one says it", () => {
    expect(promise({ objective: 0.95, withinMs: 120 })).toBe("95 % within 120 ms");
    expect(windowWords("30d")).toBe("30 days");
  });
  it("says an overspent budget with a minus", () => {
    expect(budget(0.64)).toBe("64 % left");
    expect(budget(-0.2)).toBe("−20 % left");
    expect(budget(-42)).toBe("−999 % or worse");
    expect(budget(null)).toBe("–");
    expect(budgetShare(-3)).toBe(0);
    expect(budgetShare(null)).toBe(0);
  });
  it("marks a burn above its threshold only", () => {
    expect(isBurning(14.4, 14.4)).toBe(false);
    expect(isBurning(14.5, 14.4)).toBe(true);
    expect(isBurning(null, 1)).toBe(false);
    expect(burnRate(0.04)).toBe("0.0×");
    expect(burnRate(20)).toBe("20×");
    expect(burnRate(null)).toBe("–");
  });
  it("has no green without samples", () => {
    expect(stateOf({ state: "noData" })).toMatchObject({ health: "unknown", word: "no samples" });
    expect(stateOf({ state: "noData" }, 90)).toMatchObject({ health: "unknown", word: "counting" });
    expect(stateOf({ state: "page" }).health).toBe("poor");
  });
});

describe("sparkline", () => {
  const options = { now: 600_000, minutes: 10, bound: 100, width: 100, height: 20 };
  it("breaks where minutes are missing", () => {
    const line = sparkline(
      [
        { ts: 0, p95: 50 },
        { ts: 60_000, p95: 60 },
        { ts: 300_000, p95: 70 },
        { ts: 360_000, p95: null },
        { ts: 420_000, p95: 70 },
      ],
      options,
    );
    expect(line.runs).toHaveLength(3);
    expect(line.runs[0]?.split(" ")).toHaveLength(2);
    expect(line.runs[0]?.startsWith("0.0,")).toBe(true);
  });
  it("keeps the bound and every value inside the box", () => {
    const line = sparkline([{ ts: 60_000, p95: 5_000 }], options);
    expect(line.boundY).toBeGreaterThan(0);
    expect(line.boundY).toBeLessThan(20);
    const y = Number(line.runs[0]?.split(" ")[0]?.split(",")[1]);
    expect(y).toBeGreaterThanOrEqual(0);
  });
  it("draws nothing from nothing", () => {
    expect(sparkline([], options).runs).toEqual([]);
  });
});
