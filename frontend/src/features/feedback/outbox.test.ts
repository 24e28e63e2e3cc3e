import { describe, expect, it } from "vitest";

import { enqueue, markTried, parseOutbox, queuedFor, remove, type QueuedLabel } from "./outbox";

const item = (key: string, signalId: string, more: Partial<QueuedLabel> = {}): QueuedLabel => ({
  key,
  signalId,
  ruleId: "ltp_breakout",
  label: "good",
  notes: "",
  previous: null,
  tried: false,
  ...more,
});

describe("outbox", () => {
  it("keeps the order of labels for different signals", () => {
    const box = enqueue(enqueue([], item("a", "s1")), item("b", "s2"));
    expect(box.map((entry) => entry.key)).toEqual(["a", "b"]);
    expect(remove(box, "a").map((entry) => entry.key)).toEqual(["b"]);
  });

  it("replaces a label that was never sent and keeps what was there before it", () => {
    const box = enqueue([], item("a", "s1", { previous: "late" }));
    expect(enqueue(box, item("b", "s1", { label: "bad", previous: "good" }))).toEqual([
      item("b", "s1", { label: "bad", previous: "late" }),
    ]);
  });

  it("never drops a label that may have arrived", () => {
    const box = markTried(enqueue([], item("a", "s1")), "a");
    const both = enqueue(box, item("b", "s1", { label: "bad" }));
    expect(both.map((entry) => entry.key)).toEqual(["a", "b"]);
    expect(queuedFor(both, "s1")?.label).toBe("bad");
    expect(queuedFor(both, "s9")).toBeUndefined();
  });

  it("survives a reload and refuses what it did not write", () => {
    const box = enqueue([], item("a", "s1"));
    expect(parseOutbox(JSON.stringify(box))).toEqual(box);
    expect(parseOutbox(null)).toEqual([]);
    expect(parseOutbox("{")).toBeNull();
    expect(parseOutbox('[{"key":1}]')).toBeNull();
  });
});
