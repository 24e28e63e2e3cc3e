import { describe, expect, it } from "vitest";

import type { Alert, AlertLabel, Outcome } from "@/shared/api/types";
import { makeAlert } from "@/testing/alerts";

import { AlertStore } from "./alertStore";

const CLOSED: Outcome = { ...makeAlert().outcome, state: "closed", r: 1.45, exitReason: "target" };
const label = (id: string): AlertLabel => ({ id, label: "good", notes: "", outcomeKnown: false });
const frame = (alert: Alert) => ({ kind: "alert" as const, n: alert.n, prevN: alert.prevN, alert });

function storeWith(...alerts: Alert[]): AlertStore {
  const store = new AlertStore();
  store.snapshot(alerts);
  return store;
}

describe("alert store", () => {
  it("orders by time, a burst of one moment by confidence", () => {
    const store = storeWith(
      makeAlert({ n: 1, ts: 60_000 }),
      makeAlert({ n: 2, ts: 120_000, confidence: 0.6 }),
      makeAlert({ n: 3, ts: 120_000, confidence: 0.9 }),
    );
    expect(store.state.get().alerts.map((alert) => alert.n)).toEqual([3, 2, 1]);
  });

  it("takes an outcome with its filled entry and keeps the label", () => {
    const store = storeWith(makeAlert());
    store.setLabel("s1", label("f1"));
    const levels = { ...makeAlert().levels, entry: 100.1 };
    store.outcome(makeAlert({ outcome: CLOSED, levels }));
    expect(store.find("s1")).toMatchObject({ outcome: CLOSED, levels: { entry: 100.1 }, label: { id: "f1" } });
  });

  it("enters where the next bar opens, whichever comes first, and stop and target move along", () => {
    const before = { ...makeAlert().levels, entryState: "provisional" as const };
    const waits = (n: number): Alert => makeAlert({ n, levels: before, outcome: { ...makeAlert().outcome, state: "pending" } });
    const store = storeWith(waits(1), waits(2));
    store.opened("QQQ", { ts: 120_000, price: 7 });
    store.opened("SPY", { ts: 120_000, price: 100.5 });
    const after = { ...before, entry: 100.5, entryState: "filled", stop: 99.5, target: 102 };
    expect(store.find("s1")?.levels).toEqual(after);
    expect(store.find("s2")?.levels).toEqual(before);
    store.refresh([waits(1)]);
    store.outcome(waits(1));
    expect(store.find("s1")?.levels).toEqual(after);
    store.opened("SPY", { ts: 240_000, price: 100.5 });
    store.receive(frame(waits(3)), false);
    expect(store.find("s3")?.levels).toEqual(after);
    store.outcome(makeAlert({ levels: { ...before, entry: 100.6, entryState: "filled" } }));
    expect(store.find("s1")?.levels.entry).toBe(100.6);
  });

  it("has no entry for what expired", () => {
    const levels = { ...makeAlert().levels, entryState: "provisional" as const };
    const store = storeWith(makeAlert({ levels, outcome: { ...makeAlert().outcome, state: "none" } }));
    store.opened("SPY", { ts: 120_000, price: 100.5 });
    expect(store.find("s1")?.levels).toEqual(levels);
  });

  it("takes the verdict on bars that were revised after the outcome", () => {
    const store = storeWith(makeAlert({ outcome: CLOSED }));
    store.outcome(makeAlert({ outcome: CLOSED, revision: "would_not" }));
    expect(store.find("s1")?.revision).toBe("would_not");
  });

  it("never lets a repeated frame take a label or an outcome back", () => {
    const store = storeWith(makeAlert());
    store.outcome(makeAlert({ outcome: CLOSED }));
    store.setLabel("s1", label("f1"));
    expect(store.receive(frame(makeAlert()), false)).toEqual({ fresh: false, hole: false });
    store.outcome(makeAlert());
    expect(store.find("s1")).toMatchObject({ outcome: { state: "closed" }, label: { id: "f1" } });
  });

  it("keeps a label that is still on its way when the database is read", () => {
    const store = storeWith(makeAlert());
    store.setLabel("s1", label(""));
    store.refresh([makeAlert()]);
    expect(store.find("s1")?.label).toEqual(label(""));
    store.setLabel("s1", label("f1"));
    store.refresh([makeAlert({ label: null })]);
    expect(store.find("s1")?.label).toBeNull();
  });

  it("marks what came by filling a hole as late", () => {
    const store = storeWith(makeAlert());
    expect(store.receive(frame(makeAlert({ n: 3 })), false).hole).toBe(true);
    expect(store.fill([makeAlert({ n: 2 }), makeAlert({ n: 3 })])).toBe(1);
    expect([...store.state.get().late]).toEqual([2]);
    expect(store.hasHole).toBe(false);
  });

  it("keeps the newest, and the older ones that still run or whose label is on its way", () => {
    const store = new AlertStore(10);
    const over = (n: number): Alert => makeAlert({ n, ts: n * 60_000, signalId: `s${n}`, outcome: CLOSED });
    store.snapshot([makeAlert({ n: 1, ts: 60_000, signalId: "s1" }), over(2), over(3)]);
    store.setLabel("s2", label(""));
    for (let n = 4; n <= 100; n += 1) {
      expect(store.receive({ ...frame(over(n)), prevN: n - 1 }, n % 2 === 0)).toEqual({ fresh: true, hole: false });
    }
    const held = store.state.get().alerts.map((alert) => alert.n);
    expect(held.slice(-2)).toEqual([2, 1]);
    expect(held.length).toBeLessThanOrEqual(13);
    expect(held[0]).toBe(100);
    expect([...store.state.get().late].every((n) => held.includes(n))).toBe(true);
    expect(store.contiguous).toBe(100);
    expect(store.receive({ ...frame(over(50)), prevN: 49 }, false)).toEqual({ fresh: false, hole: false });
  });
});
