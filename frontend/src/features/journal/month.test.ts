import { describe, expect, it } from "vitest";

import type { CalendarDay } from "@/shared/api/journal";

import { monthTitle, shiftMonth, weeksOf } from "./month";

const day = (date: string, r: number, trades = 1): CalendarDay => ({ date, r, trades, wins: r > 0 ? trades : 0 });

describe("a month of days", () => {
  it("begins its weeks on Monday and shows no weekend without trades", () => {
    const weeks = weeksOf("2025-03", [day("2025-03-03", 1.5)]);
    expect(weeks).toHaveLength(5);
    expect(weeks[0]?.cells.map((cell) => cell.date)).toEqual(["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]);
    expect(weeks.at(-1)?.cells.map((cell) => cell.inMonth)).toEqual([true, false, false, false, false]);
  });

  it("shows the weekend where something was traded on it", () => {
    expect(weeksOf("2025-03", [day("2025-03-08", 1)])[0]?.cells).toHaveLength(7);
  });

  it("knows on which days the market was closed", () => {
    const cells = weeksOf("2025-09", [day("2025-09-02", 1)], ["2025-09-01"])[0]?.cells ?? [];
    expect(cells.map((cell) => cell.holiday)).toEqual([true, false, false, false, false]);
  });

  it("adds up the weeks, and only this month's days", () => {
    const weeks = weeksOf("2025-04", [day("2025-03-31", 9), day("2025-04-01", -1.5, 2), day("2025-04-02", 0.5)]);
    expect(weeks[0]?.total).toBe(-1);
    expect(weeks[0]?.trades).toBe(3);
    expect(weeks[1]?.total).toBeNull();
  });

  it("passes the turn of the year", () => {
    expect(shiftMonth("2025-12", 1)).toBe("2026-01");
    expect(shiftMonth("2025-01", -1)).toBe("2024-12");
    expect(monthTitle("2025-03")).toBe("March 2025");
  });
});
