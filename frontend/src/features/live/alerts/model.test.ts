import { describe, expect, it } from "vitest";

import type { Alert, Outcome, RuleBin } from "@/shared/api/types";

import { arranged, binOf, calibrationWords, holdsNothing, inTab, levelWords, outcomeWord, rAt, reached, sizeFor, waitingWords } from "./model";

const closed = (r: number): Outcome => ({
  state: "closed",
  r,
  exitReason: r > 0 ? "target" : "stop",
  holdBars: 3,
  mfe: 1,
  mae: 0.2,
  ambiguous: false,
  verdict: r > 0 ? "good" : "bad",
  knownAt: "2013-10-07T14:00:00Z",
  maturedAt: "2013-10-07T14:30:00Z",
});

const OPEN: Outcome = { ...closed(0), state: "open", r: null, exitReason: null, verdict: null, knownAt: null, maturedAt: null };

const alert = (more: Partial<Alert> = {}): Alert =>
  ({
    n: 1,
    direction: "long",
    confidence: 0.84,
    delivered: true,
    timeframe: "1m",
    ts: 0,
    levels: { entry: 100, entryState: "filled", stop: 98, target: 103, reference: 99, unit: 2 },
    outcome: OPEN,
    ...more,
  }) as Alert;

describe("R at a price", () => {
  it("counts from the entry in units of the stop, mirrored for shorts", () => {
    expect(rAt(alert(), 103)).toBe(1.5);
    expect(rAt(alert(), 98)).toBe(-1);
    const short = alert({
      direction: "short",
      levels: { entry: 100, entryState: "filled", stop: 102, target: 97, reference: 101, unit: 2 },
    });
    expect(rAt(short, 97)).toBe(1.5);
  });

  it("is unknown without a unit", () => {
    expect(rAt(alert({ levels: { entry: 1, entryState: "filled", stop: 1, target: 1, reference: 1, unit: 0 } }), 2)).toBeNull();
  });
});

describe("size", () => {
  it("is the whole number of units that the budget carries", () => {
    expect(sizeFor(alert(), 0.01, 250)).toBe(125);
    expect(sizeFor(alert(), 0.01, 1)).toBeNull();
    expect(sizeFor(alert(), 0.01, null)).toBeNull();
  });

  it("never loses more than the budget at the prices that the card prints", () => {
    const levels = { ...alert().levels, entry: 510.43, stop: 510.7151, unit: 0.2851 };
    expect(levelWords(alert({ levels }), 0.01)).toMatchObject({ entry: "510.43", stop: "510.72" });
    expect(sizeFor(alert({ levels }), 0.01, 100)).toBe(344); // of 0.29; 350 would lose 101.50
  });

  it("is none where entry and stop are printed alike", () => {
    expect(sizeFor(alert({ levels: { ...alert().levels, stop: 99.997, unit: 0.003 } }), 0.01, 100)).toBeNull();
  });
});

describe("the levels of a card", () => {
  it("are about right until the next bar opens, then exact", () => {
    const levels = alert().levels;
    expect(levelWords(alert(), 0.01)).toEqual({ entry: "100.00", stop: "98.00", target: "103.00", short: "100.00" });
    expect(levelWords(alert({ levels: { ...levels, entryState: "provisional" } }), 0.01)).toEqual({
      entry: "≈ next open",
      stop: "≈ 98.00",
      target: "≈ 103.00",
      short: "≈ 100.00",
    });
  });

  it("and its size are none where no entry came", () => {
    const expired = alert({ levels: { ...alert().levels, entryState: "provisional" }, outcome: { ...OPEN, state: "none" } });
    expect(levelWords(expired, 0.01)).toEqual({ entry: "none", stop: "–", target: "–", short: "no entry" });
    expect(sizeFor(expired, 0.01, 250)).toBeNull();
  });
});

describe("a barrier that the forming bar reaches", () => {
  const bar = (low: number, high: number) => ({ ts: 60_000, low, high });
  it("is told before the close, of both the stop", () => {
    expect(reached(alert(), bar(98.01, 102.99))).toBeNull();
    expect(reached(alert(), bar(98.01, 103))).toBe("target");
    expect(reached(alert(), bar(98, 103))).toBe("stop");
    const short = alert({ direction: "short", levels: { ...alert().levels, stop: 102, target: 97 } });
    expect(reached(short, bar(97, 101))).toBe("target");
    expect(reached(short, bar(98, 102))).toBe("stop");
  });

  it("is none in the alert's own bar, without a bar, or without an entry", () => {
    expect(reached(alert(), { ...bar(0, 200), ts: 0 })).toBeNull();
    expect(reached(alert(), null)).toBeNull();
    expect(reached(alert({ levels: { ...alert().levels, entryState: "provisional" } }), bar(0, 200))).toBeNull();
  });
});

describe("tabs", () => {
  it("put delivered alerts into Open until their outcome, held-back ones apart", () => {
    const over = alert({ outcome: closed(1.45) });
    expect([inTab(alert(), "open"), inTab(over, "open"), inTab(over, "all")]).toEqual([true, false, true]);
    const suppressed = alert({ delivered: false });
    expect([inTab(suppressed, "open"), inTab(suppressed, "all"), inTab(suppressed, "held")]).toEqual([false, false, true]);
  });
});

describe("outcomes in words", () => {
  it("name the exit, or that there was nothing to enter", () => {
    expect(outcomeWord(closed(-1.05))).toBe("stop");
    expect(outcomeWord({ ...closed(0), state: "none", exitReason: null })).toBe("expired");
    expect(outcomeWord({ ...closed(0), state: "open", exitReason: null })).toBeNull();
  });
  it("say what waiting saved or cost", () => {
    expect(waitingWords(alert({ outcome: closed(-1.05) }))).toBe("Waiting saved +1.05R");
    expect(waitingWords(alert({ outcome: closed(1.45) }))).toBe("Waiting cost \u22121.45R");
    expect(waitingWords(alert())).toBeNull();
  });
});

describe("calibration", () => {
  const bin = (low: number, n: number, hits: number): RuleBin => ({
    low,
    high: low + 10,
    n,
    hits,
    hitRate: hits / n,
    hitRateLow: 0,
    hitRateHigh: 1,
  });
  const bins = [bin(70, 30, 12), bin(80, 41, 24), bin(90, 2, 1)];
  it("quotes the bin of a confidence, with few cases none", () => {
    expect(calibrationWords(binOf(bins, 0.843))).toBe("at 80–90: 59\u00a0% hit, n\u00a041");
    expect(calibrationWords(binOf(bins, 0.95))).toBe("at 90–100: too few (n\u00a02)");
    expect(calibrationWords(binOf(bins, 0.31))).toBe("no outcomes yet at this confidence");
  });
  it("puts 0.8 itself, what a product makes of it, and 1 into the right bin", () => {
    expect([0.8, 0.1 * 8 - 1e-16, 1].map((value) => binOf(bins, value)?.low)).toEqual([80, 80, 90]);
  });
});

describe("arrivals while somebody reads", () => {
  it("wait behind a count and shift nothing", () => {
    const list = [alert({ n: 3 }), alert({ n: 2, outcome: closed(1) }), alert({ n: 1 })];
    const numbers = (items: readonly Alert[]): number[] => items.map((item) => item.n);
    expect(numbers(arranged(list, "open", null).shown)).toEqual([3, 1]);
    const reading = arranged(list, "open", new Set([1, 2]));
    expect([numbers(reading.shown), reading.waiting]).toEqual([[2, 1], 1]);
  });
  it("holds back nothing where there is nothing to read", () => {
    expect([holdsNothing(new Set(), 1), holdsNothing(new Set(), 0), holdsNothing(new Set([1]), 1), holdsNothing(null, 1)]).toEqual([true, false, false, false]);
  });
});
