import { describe, expect, it } from "vitest";

import type { Group, ImportRow } from "@/shared/api/journal";

import { byWeek, dayRange, expectancyWords, fromField, lineWords, linesWords, resultWord, toField, toneOfMean } from "./words";

function group(more: Partial<Group>): Group {
  return { key: "x", n: 41, total: 4.1, expectancy: 0.1, low: -0.2, high: 0.4, wins: 20, profitFactor: 1.2, ...more };
}

describe("times typed at the exchange", () => {
  it.each([
    ["2025-03-03T09:31:15", "XNYS", "2025-03-03T14:31:15.000Z"],
    ["2025-07-01T09:31", "XNYS", "2025-07-01T13:31:00.000Z"],
    ["2025-03-09T03:30:00", "XNYS", "2025-03-09T07:30:00.000Z"],
    ["2025-03-03T09:31:15", "24/7", "2025-03-03T09:31:15.000Z"],
  ] as const)("%s in %s is %s", (text, calendar, iso) => {
    expect(fromField(text, calendar)).toBe(iso);
  });

  it("shows again what was typed", () => {
    expect(toField("2025-03-03T14:31:15Z", "XNYS")).toBe("2025-03-03T09:31:15");
    expect(fromField(toField("2025-11-02T15:00:00Z", "XNYS"), "XNYS")).toBe("2025-11-02T15:00:00.000Z");
    expect(toField(null, "XNYS")).toBe("");
  });

  it("takes nothing for no time", () => {
    expect(fromField("", "XNYS")).toBeNull();
    expect(fromField("yesterday", "XNYS")).toBeNull();
  });

  it("knows a day with 23 hours", () => {
    const { from, to } = dayRange("2025-03-09", "XNYS");
    expect(to - from).toBe(23 * 3_600_000);
    expect(new Date(from).toISOString()).toBe("2025-03-09T05:00:00.000Z");
  });
});

describe("results in words", () => {
  it("says by a word what the sign says", () => {
    expect([0.35, -1.05, 0.004, -0.004].map(resultWord)).toEqual(["won", "lost", "even", "even"]);
  });

  it("colours an average only where its interval leaves out 0", () => {
    const tone = (low: number | null, high: number | null, n = 41): string | undefined =>
      toneOfMean(group({ n, low, high, expectancy: ((low ?? 0) + (high ?? 0)) / 2 }));
    expect([tone(0.05, 0.4), tone(-0.4, -0.05), tone(-0.44, 0.46), tone(null, null), tone(0.05, 0.4, 12)]).toEqual(["win", "loss", undefined, undefined, undefined]);
  });

  it("gives an expectancy with its interval, and none below 20 trades", () => {
    expect(expectancyWords(group({}))).toBe("+0.10R (−0.20R to +0.40R)");
    expect(expectancyWords(group({ n: 12 }))).toBe("too few (n\u00a012)");
    expect(expectancyWords(group({ n: 0, expectancy: null }))).toBe("–");
    expect(expectancyWords(group({ low: null, high: null }))).toBe("+0.10R");
  });

  it("orders the week from Monday on", () => {
    expect(byWeek([group({ key: "fri" }), group({ key: "mon" }), group({ key: "wed" })]).map((each) => each.key)).toEqual(["mon", "wed", "fri"]);
  });
});

describe("lines of a file", () => {
  const plain = (ruleId: string): string => ruleId;

  it("names the lines of a trade", () => {
    expect(linesWords([5])).toBe("5");
    expect(linesWords([2, 3, 4])).toBe("2–4");
  });

  it("says what is wrong before anything else", () => {
    const row = { line: 3, lines: [3], status: "wrong", note: "", problems: [{ field: "exitTime", detail: "is before the entry" }], trade: null } as const;
    expect(lineWords({ ...row, lines: [3], problems: [...row.problems] }, plain)).toBe("Left: is before the entry");
    expect(lineWords({ ...row, lines: [3], problems: [], note: "asset class OPT" }, plain)).toBe("asset class OPT");
  });

  it("names the rule", () => {
    const trade = { symbol: "SPY", side: "long", quantity: 100, entryTime: "2025-09-12T19:56:20Z", entryPrice: 472.57, exitTime: null, exitPrice: null, stop: null, fees: 0, signalId: "01", ruleId: "volume_spike", r: null } as const;
    const row: ImportRow = { line: 2, lines: [2, 3], status: "new", note: "", problems: [], trade };
    expect(lineWords(row, (ruleId) => (ruleId === "volume_spike" ? "Volume spike" : ruleId))).toBe("taken on an alert of Volume spike");
  });
});
