import { describe, expect, it } from "vitest";

import { EMPTY_LEDGER, hasHole, receive, settle, type AlertLedger, type Numbered } from "./alertLedger";

const at = (n: number, prevN = n - 1): Numbered => ({ n, prevN });

function feed(ledger: AlertLedger, items: Numbered[]): { ledger: AlertLedger; fresh: number[]; holes: number } {
  const fresh: number[] = [];
  let holes = 0;
  for (const item of items) {
    const receipt = receive(ledger, item);
    ledger = receipt.ledger;
    if (receipt.fresh) fresh.push(item.n);
    if (receipt.hole) holes += 1;
  }
  return { ledger, fresh, holes };
}

describe("alert ledger", () => {
  it("applies each number once, however often it comes", () => {
    const start = settle(EMPTY_LEDGER, [1, 2, 3]);
    const { ledger, fresh, holes } = feed(start, [at(3), at(4), at(4), at(5), at(2), at(5)]);
    expect(fresh).toEqual([4, 5]);
    expect(holes).toBe(0);
    expect(ledger.contiguous).toBe(5);
  });

  it("keeps what comes before the first snapshot and does not call it a hole", () => {
    const early = feed(EMPTY_LEDGER, [at(11), at(12)]);
    expect(early.fresh).toEqual([11, 12]);
    expect(hasHole(early.ledger)).toBe(false);
    expect(settle(early.ledger, [8, 9, 10])).toEqual({ contiguous: 12, ahead: [] });
  });

  it("sees a hole, and closes it when the database has answered", () => {
    const { ledger, fresh, holes } = feed(settle(EMPTY_LEDGER, [3]), [at(6), at(7)]);
    expect([fresh, holes, hasHole(ledger)]).toEqual([[6, 7], 2, true]);
    const closed = settle(ledger, [4, 5, 6]);
    expect(closed).toEqual({ contiguous: 7, ahead: [] });
  });

  it("keeps a second hole open that opened while the first was filled", () => {
    const first = feed(settle(EMPTY_LEDGER, [3]), [at(6)]).ledger;
    const second = feed(first, [at(9)]).ledger;
    const closed = settle(second, [4, 5, 6]);
    expect(closed.contiguous).toBe(6);
    expect(hasHole(closed)).toBe(true);
    expect(settle(closed, [7, 8, 9])).toEqual({ contiguous: 9, ahead: [] });
  });

  it("follows prevN where numbers themselves skip", () => {
    const { ledger, holes } = feed(settle(EMPTY_LEDGER, [3]), [at(10, 3), at(12, 10)]);
    expect([ledger.contiguous, holes]).toEqual([12, 0]);
  });

  it("starts from an empty database", () => {
    const start = settle(EMPTY_LEDGER, []);
    expect(start.contiguous).toBe(0);
    expect(feed(start, [at(1)]).ledger.contiguous).toBe(1);
  });

  it("ends up equal to the database for any order, loss and repetition of frames", () => {
    let seed = 20131007;
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 200; round += 1) {
      const total = 1 + Math.floor(random() * 30);
      const start = Math.floor(random() * total);
      const applied = new Set<number>();
      const twice: number[] = [];
      const apply = (n: number): void => {
        if (applied.has(n)) twice.push(n);
        applied.add(n);
      };
      let ledger = settle(EMPTY_LEDGER, Array.from({ length: start }, (_, i) => i + 1));
      for (let n = 1; n <= start; n += 1) applied.add(n);
      const frames = Array.from({ length: total }, (_, i) => at(i + 1)).filter(() => random() > 0.3);
      const messy = [...frames, ...frames.filter(() => random() > 0.5)].sort(() => random() - 0.5);
      for (const frame of messy) {
        const receipt = receive(ledger, frame);
        ledger = receipt.ledger;
        if (receipt.fresh) apply(frame.n);
      }
      // The fetch reads everything above the contiguous mark; the applied ones are recognised.
      for (let n = (ledger.contiguous ?? 0) + 1; n <= total; n += 1) if (!applied.has(n)) apply(n);
      ledger = settle(ledger, [total]);
      expect(twice).toEqual([]);
      expect([...applied].sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
      expect(ledger).toEqual({ contiguous: total, ahead: [] });
    }
  });
});
