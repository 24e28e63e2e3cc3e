import { describe, expect, it } from "vitest";

import { barWords, causeWords, matchRate, sideWords } from "./model";

describe("the words of the ledger", () => {
  it("never rounds a missed trigger away", () => {
    expect(matchRate(1)).toBe("100 %");
    expect(matchRate(0.99999)).toBe("99.9 %");
    expect(matchRate(0)).toBe("0.0 %");
    expect(matchRate(null)).toBe("–");
  });

  it("counts differences by cause", () => {
    expect(causeWords({})).toBe("none");
    expect(causeWords({ LATE_BAR: 2, REVISION: 1 })).toBe("2 late bars, 1 revised bar");
  });

  it("names only the kinds of bars that there are", () => {
    expect(barWords({ bars: 390, revisedBars: 0, lateBars: 0, missingBars: 0 })).toBe("390 bars");
    expect(barWords({ bars: 388, revisedBars: 3, lateBars: 0, missingBars: 2 })).toBe("388 bars, 3 revised, 2 missing");
  });

  it("says what a side had", () => {
    expect(sideWords(null)).toBe("no trigger");
    expect(sideWords({ direction: "long", confidence: 0.613, price: 512.3, level: 511 })).toBe("LONG at 512.30, confidence 61");
  });
});
