import { describe, expect, it } from "vitest";

import type { Alert, Outcome } from "@/shared/api/types";
import { calibration } from "@/shared/lib/calibration";

import { arranged, calibrationWords, inTab, outcomeWord, rAt, sizeFor, waitingWords } from "./model";

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
    expect(sizeFor(alert(), 250)).toBe(125);
    expect(sizeFor(alert(), 1)).toBeNull();
    expect(sizeFor(alert(), null)).toBeNull();
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
    expect(waitingWords(alert({ outcome: closed(-1.05) }))).toBe("Waiting saved 1.05R");
    expect(waitingWords(alert({ outcome: closed(1.45) }))).toBe("Waiting cost 1.45R");
    expect(waitingWords(alert())).toBeNull();
  });
});

describe("calibration", () => {
  it("counts matured outcomes above 0 R in bins of ten", () => {
    const some = [alert({ outcome: closed(1.45) }), alert({ outcome: closed(-1.05) }), alert()];
    const bin = calibration(some)[8];
    expect(bin).toEqual({ low: 80, high: 90, n: 2, hits: 1 });
    expect(calibrationWords(bin)).toBe("at 80–90: too few (n 2)");
    expect(calibrationWords({ low: 80, high: 90, n: 41, hits: 24 })).toBe("at 80–90: 59 % hit, n 41");
    expect(calibrationWords(calibration([])[0])).toBe("no outcomes yet at this confidence");
  });
  it("puts 0.8 itself and 1 into the right bin", () => {
    const bins = calibration([alert({ confidence: 0.8, outcome: closed(1) }), alert({ confidence: 1, outcome: closed(1) })]);
    expect([bins[8]?.n, bins[9]?.n]).toEqual([1, 1]);
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
});
