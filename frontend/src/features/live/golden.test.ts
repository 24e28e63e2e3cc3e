import { describe, expect, it } from "vitest";

import type { GoldenOverview } from "@/shared/api/types";
import { makeAlert } from "@/testing/alerts";

import { goldenTest } from "./golden";

type Case = GoldenOverview["cases"][number];
type Candidate = GoldenOverview["candidates"][number];

const STRETCH = { symbol: "SPY", ruleId: "ltp_breakout", timeframe: "1m", from: 60_000, to: 180_000 };

describe("golden squares", () => {
  const golden = goldenTest({ cases: [STRETCH as Case], candidates: [] });

  it.each([
    [0, false],
    [60_000, true],
    [120_000, true],
    [180_000, false],
  ])("an alert at %s ms in a case from 60,000 to 180,000: %s", (ts, expected) => {
    expect(golden(makeAlert({ ts }))).toBe(expected);
  });

  it("needs the same symbol and rule", () => {
    expect(golden(makeAlert({ ts: 60_000, symbol: "AAPL" }))).toBe(false);
    expect(golden(makeAlert({ ts: 60_000, ruleId: "ema_cross" }))).toBe(false);
  });

  it("counts candidates until they are rejected", () => {
    const with_ = (state: string): boolean =>
      goldenTest({ cases: [], candidates: [{ ...STRETCH, state } as Candidate] })(makeAlert({ ts: 60_000 }));
    expect([with_("proposed"), with_("rejected")]).toEqual([true, false]);
  });
});
